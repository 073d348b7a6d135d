#include "config/print.h"

#include <algorithm>

#include "base/format.h"

namespace dmw::config {
namespace {

constexpr std::size_t kValueColumnMax = 48;
constexpr std::string_view kNotSet = "-";

std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }, '?');
  return text.empty() ? std::string(kNotSet) : text;
}

}  // namespace

std::string print_text(const std::vector<Shown>& values) {
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  for (const Shown& shown : values) {
    name_width = std::max(name_width, shown.name.size());
    value_width = std::max(value_width, std::min(shown.value.size(), kValueColumnMax));
  }
  std::string out;
  for (const Shown& shown : values) {
    out += format("{:<{}}  {:<{}}  {}\n", shown.name, name_width, one_line(shown.value), value_width, shown.origin);
  }
  return out;
}

json::array print_json(const std::vector<Shown>& values) {
  json::array out;
  for (const Shown& shown : values) {
    out.push_back(json::object{{"name", shown.name}, {"value", json::nullable(shown.value)}, {"origin", shown.origin}});
  }
  return out;
}

}  // namespace dmw::config
