#include "model/orthanc_id.h"

#include "base/sha1.h"

namespace dmw {

std::string orthanc_instance_id(const Attributes& attributes) {
  const std::string named = attributes.patient_id.reveal() + "|" + attributes.study_uid.get() + "|" +
                            attributes.series_uid.get() + "|" + attributes.sop_uid.get();
  std::string id = sha1_hex(as_bytes(named));
  for (std::size_t at = 32; at > 0; at -= 8) id.insert(at, 1, '-');
  return id;
}

}  // namespace dmw
