// The SOP classes and transfer syntaxes that have a name (PS3.6 Annex A), as far as associations use them. A UID that
// is missing here can still be accepted: the rules below decide.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace dmw::ul {

struct NamedUid {
  std::string_view uid;
  std::string_view name;
  bool retired = false;
};

inline constexpr std::string_view verification_sop_class = "1.2.840.10008.1.1";
inline constexpr std::string_view implicit_little_endian = "1.2.840.10008.1.2";
inline constexpr std::string_view explicit_little_endian = "1.2.840.10008.1.2.1";

/// Sorted by UID as text.
std::span<const NamedUid> storage_sop_classes();
std::span<const NamedUid> transfer_syntaxes();
/// "CT Image Storage"; the UID itself if it has no name here.
std::string_view name_of(std::string_view uid);

inline constexpr std::size_t uid_characters_max = 64;
/// Digits and single dots, at most 64 characters (PS3.5 §9.1); leading zeros are tolerated.
bool is_uid(std::string_view text);
/// Of the Storage Service Class (PS3.4 Annex B): everything below 1.2.840.10008.5.1.4.1.1, known or not, except the
/// query models there, and a few UIDs elsewhere. Hanging protocols, palettes, implant templates, defined procedure
/// protocols, their approvals and inventories do not count: they belong to another service class (PS3.4 Annex GG) and
/// have no study.
bool is_storage(std::string_view sop_class);
/// An image SOP class: its instances have Pixel Data or a reference to them (PS3.3 C.7.6.3.1). Other SOP classes may
/// have Pixel Data, too.
bool is_image(std::string_view sop_class);
/// A well-formed UID outside the DICOM root.
bool is_private_uid(std::string_view uid);

}  // namespace dmw::ul
