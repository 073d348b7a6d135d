#include "care/stored_manifest.h"

#include "base/format.h"
#include "base/json.h"

namespace dmw::care {
namespace {

constexpr std::uint64_t manifest_bytes_max = 512ULL << 20U;
constexpr std::uint64_t head_bytes_max = 64U << 10U;

std::unexpected<Error> no_manifest(const ObjectKey& key) {
  return fail(Errc::corrupted, key.get() + " is not a manifest");
}

Result<std::string> read_text_of(store::ObjectStore& store, const ObjectKey& key, std::uint64_t bytes_max) {
  std::string text;
  TRY(store.read(key, {0, bytes_max}, [&](ByteView bytes) -> Result<> {
    text += as_text(bytes);
    return {};
  }));
  return text;
}

Flags flags_of(const json::value& words) {
  Flags flags;
  if (!words.is_array()) return flags;
  for (std::uint32_t bit = 1; bit != 0; bit <<= 1U) {
    const std::vector<std::string_view> name = Flags::from_bits(bit).names();
    if (name.empty()) continue;
    for (const json::value& word : words.as_array()) {
      if (word.is_string() && std::string_view(word.as_string()) == name.front()) flags |= Flags::from_bits(bit);
    }
  }
  return flags;
}

std::optional<ReadManifest::Entry> entry_of(const json::value& value) {
  if (!value.is_object()) return std::nullopt;
  const json::object& object = value.as_object();
  const std::optional<std::string> key = json::get_string(object, "key");
  const std::optional<std::string> sop_uid = json::get_string(object, "sop_uid");
  if (!key || !sop_uid) return std::nullopt;
  const json::value* flags = object.if_contains("flags");
  return ReadManifest::Entry{ObjectKey(*key), *sop_uid, flags == nullptr ? Flags() : flags_of(*flags)};
}

}  // namespace

Result<ReadManifest> read_manifest(store::ObjectStore& store, const ObjectKey& key) {
  if (TRY(store.stat(key)).size_bytes > manifest_bytes_max) return no_manifest(key);
  const Result<json::value> parsed = json::parse(TRY(read_text_of(store, key, manifest_bytes_max)));
  if (!parsed || !parsed->is_object()) return no_manifest(key);
  const json::object& object = parsed->as_object();
  const std::optional<std::string> study = json::get_string(object, "study_instance_uid");
  const json::value* instances = object.if_contains("instances");
  if (!study || instances == nullptr || !instances->is_array()) return no_manifest(key);
  ReadManifest manifest{StudyUid(*study), json::get_int(object, "after_position").value_or(0), {}};
  for (const json::value& value : instances->as_array()) {
    std::optional<ReadManifest::Entry> entry = entry_of(value);
    if (!entry) return no_manifest(key);
    manifest.instances.push_back(std::move(*entry));
  }
  return manifest;
}

Result<bool> is_tombstone(store::ObjectStore& store, const ObjectKey& key) {
  std::string head = TRY(read_text_of(store, key, head_bytes_max));
  const std::size_t list = head.find(",\"instances\":[");
  if (list == std::string::npos) return no_manifest(key);
  head.resize(list);
  const Result<json::value> parsed = json::parse(head + "}");
  if (!parsed || !parsed->is_object()) return no_manifest(key);
  const std::optional<std::int64_t> count = json::get_int(parsed->as_object(), "instance_count");
  if (!count) return no_manifest(key);
  return *count == 0;
}

}  // namespace dmw::care
