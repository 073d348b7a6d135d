// File: a writer of DICOM files for tests and load generators, as exact or as wrong as they want them.
//
//   const std::string bytes = File("1.2.840.10008.1.2.1")
//       .text(0x00080005, "CS", "ISO_IR 100")
//       .sequence(0x00081115, {File::item().text(0x0020000E, "UI", "1.2")})
//       .pixels(64 * 1024).bytes();
//
// Elements are written in the order in which they are given.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/deflate.h"

namespace dmw::dicom::testing {

inline constexpr std::string_view implicit_little = "1.2.840.10008.1.2";
inline constexpr std::string_view explicit_little = "1.2.840.10008.1.2.1";
inline constexpr std::string_view deflated = "1.2.840.10008.1.2.1.99";
inline constexpr std::string_view explicit_big = "1.2.840.10008.1.2.2";
inline constexpr std::string_view jpeg_baseline = "1.2.840.10008.1.2.4.50";

class File {
 public:
  explicit File(std::string_view transfer_syntax = explicit_little) : transfer_syntax_(transfer_syntax) {}

  /// The smallest instance that the reader takes.
  static File instance(std::string_view study = "1.2.3", std::string_view series = "1.2.3.4",
                       std::string_view sop = "1.2.3.4.5", std::string_view transfer_syntax = explicit_little) {
    File file(transfer_syntax);
    file.sop_uid_ = sop;
    file.text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2").text(0x00080018, "UI", sop);
    return file.text(0x0020000D, "UI", study).text(0x0020000E, "UI", series);
  }

  /// The value padded to an even length as its VR wants it.
  File& text(std::uint32_t tag, std::string_view vr, std::string_view value) {
    std::string padded(value);
    if (padded.size() % 2 != 0) padded.push_back(vr == "UI" || vr == "OB" || vr == "UN" ? '\0' : ' ');
    return raw(tag, vr, padded);
  }
  File& us(std::uint32_t tag, std::uint16_t value) { return raw(tag, "US", in_order(value, 2)); }
  /// Exactly these bytes as the value.
  File& raw(std::uint32_t tag, std::string_view vr, std::string_view value) {
    return heading(tag, vr, static_cast<std::uint32_t>(value.size())).append(value);
  }
  File& sequence(std::uint32_t tag, const std::vector<File>& items, bool undefined = false) {
    File content = within();
    for (const File& item : items) {
      content.append(content.in_order_tag(0xFFFEE000));
      content.append(content.in_order(undefined ? 0xFFFFFFFFU : item.dataset_.size(), 4)).append(item.dataset_);
      if (undefined) content.append(content.in_order_tag(0xFFFEE00D)).append(std::string(4, '\0'));
    }
    if (undefined) content.append(content.in_order_tag(0xFFFEE0DD)).append(std::string(4, '\0'));
    heading(tag, "SQ", undefined ? 0xFFFFFFFFU : static_cast<std::uint32_t>(content.dataset_.size()));
    return append(content.dataset_);
  }
  /// Native Pixel Data of so many bytes.
  File& pixels(std::size_t count) { return raw(0x7FE00010, "OW", std::string(count, '\x11')); }
  /// Encapsulated Pixel Data: an empty offset table and one fragment.
  File& fragment(std::size_t count) {
    heading(0x7FE00010, "OB", 0xFFFFFFFFU).append(in_order_tag(0xFFFEE000)).append(in_order(0, 4));
    append(in_order_tag(0xFFFEE000)).append(in_order(count, 4)).append(std::string(count, '\x11'));
    return append(in_order_tag(0xFFFEE0DD)).append(in_order(0, 4));
  }
  /// A heading with a length that need not be true.
  File& heading(std::uint32_t tag, std::string_view vr, std::uint32_t length) {
    append(in_order_tag(tag));
    if (transfer_syntax_ == implicit_little) return append(in_order(length, 4));
    append(vr);
    constexpr std::string_view long_forms = "OB OD OF OL OV OW SQ SV UC UN UR UT UV";
    if (long_forms.find(vr) == std::string_view::npos) return append(in_order(length, 2));
    return append(std::string(2, '\0')).append(in_order(length, 4));
  }
  File& append(std::string_view bytes) {
    dataset_ += bytes;
    return *this;
  }
  File& preamble(std::string_view bytes) {
    preamble_ = bytes;
    return *this;
  }
  /// What (0002,0003) says; by default the SOP Instance UID of instance().
  File& meta_sop_uid(std::string_view uid) {
    sop_uid_ = uid;
    return *this;
  }

  /// An item to fill, of the same encoding: File(syntax).within().
  File within() const { return File(transfer_syntax_); }
  static File item(std::string_view transfer_syntax = explicit_little) { return File(transfer_syntax); }

  const std::string& dataset() const { return dataset_; }
  /// Preamble, "DICM", meta, dataset (deflated where the transfer syntax says so).
  std::string bytes() const {
    File meta;
    meta.raw(0x00020001, "OB", std::string_view("\0\1", 2));
    meta.text(0x00020002, "UI", "1.2.840.10008.5.1.4.1.1.2");
    if (!sop_uid_.empty()) meta.text(0x00020003, "UI", sop_uid_);
    meta.text(0x00020010, "UI", transfer_syntax_);
    File length;
    length.raw(0x00020000, "UL", meta.in_order(meta.dataset_.size(), 4));
    std::string preamble = preamble_;
    preamble.resize(128);
    return preamble + "DICM" + length.dataset_ + meta.dataset_ +
           (transfer_syntax_ == deflated ? dmw::deflated(dataset_, Wrapping::none) : dataset_);
  }

 private:
  std::string in_order(std::uint64_t value, std::size_t count) const {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = transfer_syntax_ == explicit_big ? count - 1 - i : i;
      out.push_back(static_cast<char>(value >> (8 * at) & 0xFFU));
    }
    return out;
  }
  std::string in_order_tag(std::uint32_t tag) const { return in_order(tag >> 16U, 2) + in_order(tag & 0xFFFFU, 2); }

  std::string transfer_syntax_;
  std::string sop_uid_;
  std::string preamble_;
  std::string dataset_;
};

}  // namespace dmw::dicom::testing
