#include "store/key_form.h"

#include <algorithm>
#include <optional>

namespace dmw::store {
namespace {

constexpr std::size_t name_length_max = 255;  // NAME_MAX of every file system that a store may lie on

bool is_key_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
}

bool is_shard(std::string_view text) {
  return text.size() == 3 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_directory_of_keys(std::string_view directory) {
  return directory == "dead-letters" || directory == "marks" ||
         (directory.starts_with("studies/") && is_shard(directory.substr(8)));
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= name_length_max && name != "." && name != ".." &&
         std::ranges::all_of(name, is_key_character);
}

}  // namespace

Result<> check_key(const ObjectKey& key) {
  const std::string_view text = key.get();
  const std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos || !is_directory_of_keys(text.substr(0, slash)) ||
      !is_name(text.substr(slash + 1)))
    return fail(Errc::invalid, "this is not the key of an object");
  return {};
}

Result<> check_directory(std::string_view directory) {
  if (!is_directory_of_keys(directory)) return fail(Errc::invalid, "this is not a directory of keys");
  return {};
}

}  // namespace dmw::store
