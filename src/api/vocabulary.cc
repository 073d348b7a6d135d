#include "api/vocabulary.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

#include "catalog/rows.h"

namespace dmw::api {
namespace {

// Sorted, for the binary search.
constexpr std::string_view kModalities[] = {
    "ANN",      "AR",  "AS",  "ASMT",   "AU",      "BDUS",       "BI",     "BMD",   "CD",       "CF",
    "CFM",      "CP",  "CR",  "CS",     "CT",      "CTPROTOCOL", "DD",     "DF",    "DG",       "DM",
    "DMS",      "DOC", "DS",  "DX",     "EC",      "ECG",        "EEG",    "EMG",   "EOG",      "EPS",
    "ES",       "FA",  "FID", "FS",     "GM",      "HC",         "HD",     "IO",    "IOL",      "IVOCT",
    "IVUS",     "KER", "KO",  "LEN",    "LP",      "LS",         "M3D",    "MA",    "MG",       "MR",
    "MS",       "NM",  "OAM", "OCT",    "OP",      "OPM",        "OPR",    "OPT",   "OPTBSV",   "OPTENF",
    "OPV",      "OSS", "OT",  "PA",     "PLAN",    "POS",        "PR",     "PT",    "PX",       "REG",
    "RESP",     "RF",  "RG",  "RTDOSE", "RTIMAGE", "RTINTENT",   "RTPLAN", "RTRAD", "RTRECORD", "RTSEGANN",
    "RTSTRUCT", "RWV", "SEG", "SM",     "SMR",     "SR",         "SRF",    "ST",    "STAIN",    "TEXTUREMAP",
    "TG",       "US",  "VA",  "VF",     "XA",      "XAPROTOCOL", "XC"};
static_assert(std::ranges::is_sorted(kModalities));

std::set<std::string> as_set(std::vector<std::string> words) {
  return {std::make_move_iterator(words.begin()), std::make_move_iterator(words.end())};
}

std::string joined(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "none yet" : text;
}

std::set<std::string> source_names(const PartList& program) {
  std::set<std::string> names;
  for (const Part* const part : program.parts()) {
    if (part->traits().kind == PartKind::source) names.insert(part->name());
  }
  return names;
}

}  // namespace

bool is_source(const PartList& program, std::string_view name) {
  return source_names(program).contains(std::string(name));
}

bool is_defined_modality(std::string_view term) {
  return std::ranges::binary_search(kModalities, term);
}

Result<std::string> wrong_source(db::Database& database, const PartList& program, const std::string& source) {
  std::set<std::string> known = source_names(program);
  if (source.empty() || known.contains(source)) return "";
  for (const char* table : {"studies", "dead_letters"})
    known.merge(as_set(TRY(catalog::words_in(database, table, "source"))));
  if (known.contains(source)) return "";
  return "is not a known source; known sources: " + joined(known);
}

Result<std::string> wrong_modality(db::Database& database, const std::string& modality) {
  if (modality.empty() || is_defined_modality(modality)) return "";
  const std::set<std::string> known = as_set(TRY(catalog::words_in(database, "series", "modality")));
  if (known.contains(modality)) return "";
  return "is not a DICOM modality, and no series has it; the catalog has " + joined(known);
}

}  // namespace dmw::api
