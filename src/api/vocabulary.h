// Vocabulary: the known sources and modalities, to check a filter that finds nothing. An unknown word is a mistake of
// the caller and gets an error, because an empty list would look like a valid result.
#pragma once

#include <string>
#include <string_view>

#include "db/database.h"
#include "part/part_list.h"

namespace dmw::api {

/// Whether this is the name of an intake, configured or not.
bool is_source(const PartList& program, std::string_view name);

/// All types of events: of studies and of dead letters.
inline constexpr std::array<std::string_view, 4> kEventTypes{"study.received", "study.updated", "study.deleted",
                                                             "item.set_aside"};

/// A defined term of Modality (0008,0060), retired ones too (PS3.3 2024d §C.7.3.1.1.1).
bool is_defined_modality(std::string_view term);

/// Checks a word of a filter that has found nothing. Returns a sentence with the known words if the word is unknown to
/// the program, the catalog and (modalities) DICOM; otherwise an empty text. Errors: those of the catalog.
Result<std::string> wrong_source(db::Database& database, const PartList& program, const std::string& source);
Result<std::string> wrong_modality(db::Database& database, const std::string& modality);

}  // namespace dmw::api
