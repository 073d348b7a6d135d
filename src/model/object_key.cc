#include "model/object_key.h"

#include <charconv>
#include <limits>

#include "base/format.h"

namespace dmw {
namespace {

std::string safe(const std::string& uid) {
  if (is_plain_uid(uid)) return uid;
  return "x" + Sha256::of(as_bytes(uid)).hex().substr(0, 32);
}

/// A number of digits only, without a sign and without leading zeros.
std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number <= 0 || text.front() == '0')
    return std::nullopt;
  return number;
}

}  // namespace

std::string study_prefix(const StudyUid& study) {
  return format("studies/{}/{}_", Sha256::of(as_bytes(study.get())).hex().substr(0, 3), safe(study.get()));
}

ObjectKey instance_key(const StudyUid& study, const SopUid& sop, const Sha256Digest& dataset) {
  return ObjectKey(format("{}{}.{}.dcm", study_prefix(study), safe(sop.get()), dataset.hex().substr(0, 32)));
}

bool is_instance_key(const ObjectKey& key) {
  return key.get().starts_with("studies/") && key.get().ends_with(".dcm");
}

bool names_dataset(const ObjectKey& key, const Sha256Digest& dataset) {
  return key.get().ends_with(format(".{}.dcm", dataset.hex().substr(0, 32)));
}

ObjectKey manifest_key(const StudyUid& study, int revision, std::int64_t epoch) {
  if (epoch == 0) return ObjectKey(format("{}r{}.json", study_prefix(study), revision));
  return ObjectKey(format("{}r{}.e{}.json", study_prefix(study), revision, epoch));
}

std::optional<ManifestName> parse_manifest_key(const ObjectKey& key) {
  std::string_view name = key.get();
  if (!name.starts_with("studies/") || !name.ends_with(".json")) return std::nullopt;
  name.remove_suffix(std::string_view(".json").size());
  name.remove_prefix(name.rfind('/') + 1);
  const std::size_t mark = name.find("_r");
  if (mark == std::string_view::npos) return std::nullopt;
  ManifestName parsed{std::string(name.substr(0, mark)), 0, 0};
  name.remove_prefix(mark + 2);
  const std::size_t dot = name.find(".e");
  const auto revision = whole_number(name.substr(0, dot));
  const auto epoch =
      dot == std::string_view::npos ? std::optional<std::int64_t>(0) : whole_number(name.substr(dot + 2));
  if (!revision || *revision > std::numeric_limits<int>::max() || !epoch) return std::nullopt;
  parsed.revision = static_cast<int>(*revision);
  parsed.epoch = *epoch;
  return parsed;
}

std::string name_in_keys(const StudyUid& study) {
  return safe(study.get());
}

Sha256Digest file_identity(const Sha256Digest& prefix, const Sha256Digest& dataset) {
  Sha256 both;
  both.update(prefix.view());
  both.update(dataset.view());
  return both.finish();
}

ObjectKey dead_letter_key(const Sha256Digest& file_identity) {
  return ObjectKey("dead-letters/" + file_identity.hex());
}

}  // namespace dmw
