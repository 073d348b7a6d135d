// The attributes of one instance that have a column in the catalog: those that DICOMweb search needs (PS3.18 §10.6).
// Text is valid UTF-8 without U+0000; absent and empty are the same. Dates and times are kept as received.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/private.h"
#include "base/result.h"
#include "model/flags.h"
#include "model/uid.h"

namespace dmw {

struct Attributes {
  StudyUid study_uid;           // (0020,000D)
  SeriesUid series_uid;         // (0020,000E)
  SopUid sop_uid;               // (0008,0018)
  std::string sop_class;        // (0008,0016)
  std::string transfer_syntax;  // (0002,0010), or the recognised one

  Private<std::string> patient_id;            // (0010,0020)
  Private<std::string> issuer_of_patient_id;  // (0010,0021)
  Private<std::string> patient_name;          // (0010,0010), all component groups
  Private<std::string> patient_birth_date;    // (0010,0030)
  Private<std::string> patient_sex;           // (0010,0040)

  Private<std::string> accession_number;     // (0008,0050)
  Private<std::string> referring_physician;  // (0008,0090)
  std::string study_date;                    // (0008,0020)
  std::string study_time;                    // (0008,0030)
  std::string study_id;                      // (0020,0010)
  Private<std::string> study_description;    // (0008,1030): free text that sites put names into

  std::string modality;                       // (0008,0060)
  std::optional<std::int32_t> series_number;  // (0020,0011)
  Private<std::string> series_description;    // (0008,103E)
  std::string body_part;                      // (0018,0015)
  std::string station_name;                   // (0008,1010)
  std::string series_attributes;              // the configured keywords, as a DICOM JSON object (PS3.18 Annex F)

  std::optional<std::int32_t> instance_number;  // (0020,0013)
  std::optional<std::int32_t> frames;           // (0028,0008)
  std::optional<std::int32_t> rows;             // (0028,0010)
  std::optional<std::int32_t> columns;          // (0028,0011)
  std::optional<std::int32_t> bits_allocated;   // (0028,0100)

  Flags flags;
  std::uint64_t header_bytes = 0;  // bytes of the file before the value of Pixel Data; without Pixel Data all bytes
};

/// The form of attributes in the inbox and in the answer of the child process that reads headers.
std::string to_json(const Attributes& attributes);
/// Errors: invalid (not written by to_json).
Result<Attributes> attributes_from_json(std::string_view text);

}  // namespace dmw
