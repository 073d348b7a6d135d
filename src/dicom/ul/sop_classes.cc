#include "dicom/ul/sop_classes.h"

#include <algorithm>
#include <array>

namespace dmw::ul {
namespace {

#include "dicom/ul/sop_classes_data.inc"

static_assert(std::ranges::is_sorted(storage_table, {}, &NamedUid::uid));
static_assert(std::ranges::is_sorted(transfer_syntax_table, {}, &NamedUid::uid));

constexpr std::string_view standard_root = "1.2.840.10008.";
constexpr std::string_view storage_root = "1.2.840.10008.5.1.4.1.1.";

/// SOP classes below the root of storage whose instances have no patient and study (PS3.4 Table GG.3-1): protocols and
/// inventories.
constexpr std::array<std::string_view, 4> non_patient_sop_classes = {
    "1.2.840.10008.5.1.4.1.1.200.1", "1.2.840.10008.5.1.4.1.1.200.3", "1.2.840.10008.5.1.4.1.1.200.7",
    "1.2.840.10008.5.1.4.1.1.201.1"};

/// Query SOP classes below the root of storage: protocol approval and inventories (PS3.4 Annexes II and KK).
constexpr std::array<std::string_view, 8> query_sop_classes = {
    "1.2.840.10008.5.1.4.1.1.200.4", "1.2.840.10008.5.1.4.1.1.200.5", "1.2.840.10008.5.1.4.1.1.200.6",
    "1.2.840.10008.5.1.4.1.1.201.2", "1.2.840.10008.5.1.4.1.1.201.3", "1.2.840.10008.5.1.4.1.1.201.4",
    "1.2.840.10008.5.1.4.1.1.201.5", "1.2.840.10008.5.1.4.1.1.201.6"};

const NamedUid* find(std::span<const NamedUid> table, std::string_view uid) {
  const auto found = std::ranges::lower_bound(table, uid, {}, &NamedUid::uid);
  return found != table.end() && found->uid == uid ? &*found : nullptr;
}

}  // namespace

std::span<const NamedUid> storage_sop_classes() {
  return storage_table;
}

std::span<const NamedUid> transfer_syntaxes() {
  return transfer_syntax_table;
}

std::string_view name_of(std::string_view uid) {
  if (uid == verification_sop_class) return "Verification";
  if (const NamedUid* known = find(storage_table, uid)) return known->name;
  if (const NamedUid* known = find(transfer_syntax_table, uid)) return known->name;
  return uid;
}

bool is_uid(std::string_view text) {
  if (text.empty() || text.size() > uid_characters_max || text.front() == '.' || text.back() == '.') return false;
  return text.find("..") == std::string_view::npos && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_storage(std::string_view sop_class) {
  if (find(storage_table, sop_class) != nullptr) return true;
  return is_uid(sop_class) && sop_class.starts_with(storage_root) &&
         std::ranges::find(query_sop_classes, sop_class) == query_sop_classes.end() &&
         std::ranges::find(non_patient_sop_classes, sop_class) == non_patient_sop_classes.end();
}

bool is_image(std::string_view sop_class) {
  const NamedUid* const known = find(storage_table, sop_class);
  return known != nullptr && known->name.contains("Image Storage");
}

bool is_private_uid(std::string_view uid) {
  return is_uid(uid) && !uid.starts_with(standard_root);
}

}  // namespace dmw::ul
