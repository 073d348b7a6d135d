// Unusual facts about a version, an instance or a study. Stored as a bit set; events and the API have their names.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace dmw {

/// The bits are stored in the catalog: append only.
enum class Flag : std::uint32_t {
  conflict = 1U << 0U,                   ///< other bytes under the same SOP Instance UID and transfer syntax
  replaced = 1U << 1U,                   ///< a source with ORTHANC_REPLACES now serves other bytes
  variant = 1U << 2U,                    ///< the same instance in another transfer syntax
  sop_uid_reused = 1U << 3U,             ///< the SOP Instance UID also occurs in another study
  patient_mismatch = 1U << 4U,           ///< instances of one study name different patients
  charset_guessed = 1U << 5U,            ///< text did not fit its Specific Character Set
  truncated_pixel_data = 1U << 6U,       ///< Pixel Data, or an element after it, ends early: the file was cut off
  incomplete = 1U << 7U,                 ///< of a revision: the study has open dead letters
  meta_mismatch = 1U << 8U,              ///< the File Meta Information names another instance than the dataset
  bad_value = 1U << 9U,                  ///< a value does not fit its VR; kept as received
  odd_encoding = 1U << 10U,              ///< not encoded as its transfer syntax says, but readable
  no_meta = 1U << 11U,                   ///< without preamble or File Meta Information
  preamble_in_use = 1U << 12U,           ///< the 128 bytes before "DICM" look like another file type
  series_mismatch = 1U << 13U,           ///< one SOP Instance UID under two series of a study
  transfer_syntax_mismatch = 1U << 14U,  ///< the dataset is not in the transfer syntax that was agreed or declared
  promoted = 1U << 15U,                  ///< of a version: a person decided that it is the current one
  missing_pixel_data = 1U << 16U,        ///< an image without Pixel Data: the file ends after the header
};

class Flags {
 public:
  Flags() = default;
  Flags(Flag flag)
      : bits_(static_cast<std::uint32_t>(flag)) {}  // NOLINT(google-explicit-constructor): a flag is a set of one
  static Flags from_bits(std::uint32_t bits) {
    Flags flags;
    flags.bits_ = bits;
    return flags;
  }

  std::uint32_t bits() const { return bits_; }
  bool has(Flag flag) const { return (bits_ & static_cast<std::uint32_t>(flag)) != 0; }
  Flags& operator|=(Flags other) {
    bits_ |= other.bits_;
    return *this;
  }
  friend Flags operator|(Flags a, Flags b) { return a |= b; }
  bool operator==(const Flags&) const = default;
  /// The same with `flag` set or not.
  Flags with(Flag flag, bool set) const {
    const auto bit = static_cast<std::uint32_t>(flag);
    return from_bits(set ? bits_ | bit : bits_ & ~bit);
  }

  /// The names of the set flags, in the order of their bits.
  std::vector<std::string_view> names() const;

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace dmw
