#include "model/object_key.h"

#include "base/format.h"

namespace dmw {
namespace {

std::string safe(const std::string& uid) {
  if (is_plain_uid(uid)) return uid;
  return "x" + Sha256::of(as_bytes(uid)).hex().substr(0, 32);
}

}  // namespace

std::string study_prefix(const StudyUid& study) {
  return format("studies/{}/{}_", Sha256::of(as_bytes(study.get())).hex().substr(0, 3), safe(study.get()));
}

ObjectKey instance_key(const StudyUid& study, const SopUid& sop, const Sha256Digest& dataset) {
  return ObjectKey(format("{}{}.{}.dcm", study_prefix(study), safe(sop.get()), dataset.hex().substr(0, 32)));
}

ObjectKey manifest_key(const StudyUid& study, int revision) {
  return ObjectKey(format("{}r{}.json", study_prefix(study), revision));
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
