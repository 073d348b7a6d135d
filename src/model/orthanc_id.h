// The identifier of an instance in Orthanc. It is computed from identifiers in the instance itself, so it is also known
// for an instance from another intake.
#pragma once

#include <string>

#include "model/attributes.h"

namespace dmw {

/// Five groups of eight hexadecimal digits of the SHA-1 of "PatientID|Study|Series|SOP Instance UID" (Orthanc Book,
/// "Orthanc identifiers"; seen in Orthanc 1.10.1). Orthanc may read a Patient ID outside ASCII differently.
std::string orthanc_instance_id(const Attributes& attributes);

}  // namespace dmw
