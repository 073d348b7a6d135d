// The identifier that an Orthanc gives an instance: made of the identifiers in the instance itself, so that it is known
// of one that came by another way too.
#pragma once

#include <string>

#include "model/attributes.h"

namespace dmw {

/// Five groups of eight hexadecimal digits of the SHA-1 of "PatientID|Study|Series|SOP Instance UID" (Orthanc Book,
/// "Orthanc identifiers"; seen in Orthanc 1.10.1). A Patient ID outside ASCII may be read otherwise there.
std::string orthanc_instance_id(const Attributes& attributes);

}  // namespace dmw
