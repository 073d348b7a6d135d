// Part10Writer: writes small DICOM files (PS3.10 §7.1) element by element: the synthetic study of `sample`, and the
// files of tests, as exact or as wrong as they want them.
//
//   const std::string bytes = Part10Writer(explicit_little)
//       .text(0x00080005, "CS", "ISO_IR 100")
//       .sequence(0x00081115, {Part10Writer().text(0x0020000E, "UI", "1.2")})
//       .pixels(std::string(64 * 1024, '\x11')).bytes();
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dmw::dicom {

inline constexpr std::string_view implicit_little = "1.2.840.10008.1.2";
inline constexpr std::string_view explicit_little = "1.2.840.10008.1.2.1";
inline constexpr std::string_view deflated_little = "1.2.840.10008.1.2.1.99";
inline constexpr std::string_view explicit_big = "1.2.840.10008.1.2.2";

/// Holds the whole file. Elements are written in the order of the calls, without a check.
class Part10Writer {
 public:
  /// An encapsulated transfer syntax is written as explicit little endian (PS3.5 §A.4).
  explicit Part10Writer(std::string_view transfer_syntax = explicit_little) : transfer_syntax_(transfer_syntax) {}

  /// The smallest instance that the reader accepts, of the SOP class CT Image Storage.
  static Part10Writer instance(std::string_view study = "1.2.3", std::string_view series = "1.2.3.4",
                               std::string_view sop = "1.2.3.4.5", std::string_view transfer_syntax = explicit_little);

  /// The value padded to an even length as its VR wants it (PS3.5 §6.2).
  Part10Writer& text(std::uint32_t tag, std::string_view vr, std::string_view value);
  Part10Writer& us(std::uint32_t tag, std::uint16_t value);
  /// An element with exactly these bytes as its value.
  Part10Writer& raw(std::uint32_t tag, std::string_view vr, std::string_view value);
  /// A sequence with items of the same transfer syntax; `undefined`: with undefined lengths (PS3.5 §7.5).
  Part10Writer& sequence(std::uint32_t tag, const std::vector<Part10Writer>& items, bool undefined = false);
  /// Native Pixel Data, or a number of equal bytes of it.
  Part10Writer& pixels(std::string_view value) { return raw(0x7FE00010, "OW", value); }
  Part10Writer& pixels(std::size_t count) { return pixels(std::string(count, '\x11')); }
  /// Encapsulated Pixel Data (PS3.5 §A.4): an empty offset table and one fragment.
  Part10Writer& fragment(std::string_view value);
  /// A heading with any length, true or not.
  Part10Writer& heading(std::uint32_t tag, std::string_view vr, std::uint32_t length);
  Part10Writer& append(std::string_view bytes);
  Part10Writer& preamble(std::string_view bytes);
  /// The value of (0002,0003); by default the SOP Instance UID of instance().
  Part10Writer& meta_sop_uid(std::string_view uid);

  /// An empty item of the same transfer syntax.
  Part10Writer within() const { return Part10Writer(transfer_syntax_); }

  const std::string& dataset() const { return dataset_; }
  /// The file: preamble, "DICM", meta, dataset (deflated if the transfer syntax is).
  std::string bytes() const;

 private:
  std::string in_order(std::uint64_t value, std::size_t count) const;
  std::string tag_in_order(std::uint32_t tag) const;

  std::string transfer_syntax_;
  std::string sop_uid_;
  std::string preamble_;
  std::string dataset_;
};

}  // namespace dmw::dicom
