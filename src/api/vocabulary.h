// Vocabulary: the words that sources and modalities can be, for a filter that finds nothing. A word that is none of
// them is a mistake of who asks, and an empty list would say that there is nothing.
#pragma once

#include <string>
#include <string_view>

#include "db/database.h"
#include "part/part_list.h"

namespace dmw::api {

/// Whether this is the name of a part that takes instances in, configured or not.
bool is_source(const PartList& program, std::string_view name);

/// All types of events: of studies, and of things that were set aside.
inline constexpr std::array<std::string_view, 4> kEventTypes{"study.received", "study.updated", "study.deleted",
                                                             "item.set_aside"};

/// A defined term of Modality (0008,0060), retired ones too (PS3.3 2024d §C.7.3.1.1.1).
bool is_defined_modality(std::string_view term);

/// What is wrong with a word that a filter has and that finds nothing, with the words that there are; empty: neither
/// the program nor the catalog is surprised, or DICOM in the case of a modality. Errors: those of the catalog.
Result<std::string> wrong_source(db::Database& database, const PartList& program, const std::string& source);
Result<std::string> wrong_modality(db::Database& database, const std::string& modality);

}  // namespace dmw::api
