#include "dicom/part10_writer.h"

#include "base/deflate.h"
#include "dicom/encoding.h"

namespace dmw::dicom {
namespace {

constexpr std::string_view ct_image_storage = "1.2.840.10008.5.1.4.1.1.2";
constexpr std::uint32_t item_tag = 0xFFFEE000;
constexpr std::uint32_t item_end_tag = 0xFFFEE00D;
constexpr std::uint32_t sequence_end_tag = 0xFFFEE0DD;

/// VRs whose length has four bytes, behind two that are reserved (PS3.5 §7.1.2).
bool has_long_form(std::string_view vr) {
  constexpr std::string_view long_forms = "OB OD OF OL OV OW SQ SV UC UN UR UT UV";
  return long_forms.find(vr) != std::string_view::npos;
}

}  // namespace

Part10Writer Part10Writer::instance(std::string_view study, std::string_view series, std::string_view sop,
                                    std::string_view transfer_syntax) {
  Part10Writer file(transfer_syntax);
  file.meta_sop_uid(sop).text(0x00080016, "UI", ct_image_storage).text(0x00080018, "UI", sop);
  return file.text(0x0020000D, "UI", study).text(0x0020000E, "UI", series);
}

Part10Writer& Part10Writer::text(std::uint32_t tag, std::string_view vr, std::string_view value) {
  std::string padded(value);
  if (padded.size() % 2 != 0) padded.push_back(vr == "UI" || vr == "OB" || vr == "UN" ? '\0' : ' ');
  return raw(tag, vr, padded);
}

Part10Writer& Part10Writer::us(std::uint32_t tag, std::uint16_t value) {
  return raw(tag, "US", in_order(value, 2));
}

Part10Writer& Part10Writer::raw(std::uint32_t tag, std::string_view vr, std::string_view value) {
  return heading(tag, vr, static_cast<std::uint32_t>(value.size())).append(value);
}

Part10Writer& Part10Writer::sequence(std::uint32_t tag, const std::vector<Part10Writer>& items, bool undefined) {
  std::string content;
  for (const Part10Writer& item : items) {
    content += tag_in_order(item_tag);
    content += in_order(undefined ? undefined_length : item.dataset_.size(), 4);
    content += item.dataset_;
    if (undefined) content += tag_in_order(item_end_tag) + in_order(0, 4);
  }
  if (undefined) content += tag_in_order(sequence_end_tag) + in_order(0, 4);
  return heading(tag, "SQ", undefined ? undefined_length : static_cast<std::uint32_t>(content.size())).append(content);
}

Part10Writer& Part10Writer::fragment(std::string_view value) {
  heading(0x7FE00010, "OB", undefined_length).append(tag_in_order(item_tag)).append(in_order(0, 4));
  append(tag_in_order(item_tag)).append(in_order(value.size(), 4)).append(value);
  return append(tag_in_order(sequence_end_tag)).append(in_order(0, 4));
}

Part10Writer& Part10Writer::heading(std::uint32_t tag, std::string_view vr, std::uint32_t length) {
  append(tag_in_order(tag));
  if (transfer_syntax_ == implicit_little) return append(in_order(length, 4));
  append(vr);
  if (!has_long_form(vr)) return append(in_order(length, 2));
  return append(in_order(0, 2)).append(in_order(length, 4));
}

Part10Writer& Part10Writer::append(std::string_view bytes) {
  dataset_ += bytes;
  return *this;
}

Part10Writer& Part10Writer::preamble(std::string_view bytes) {
  preamble_ = bytes;
  return *this;
}

Part10Writer& Part10Writer::meta_sop_uid(std::string_view uid) {
  sop_uid_ = uid;
  return *this;
}

std::string Part10Writer::bytes() const {
  Part10Writer meta;
  meta.raw(0x00020001, "OB", std::string_view("\0\1", 2));
  meta.text(0x00020002, "UI", ct_image_storage);
  if (!sop_uid_.empty()) meta.text(0x00020003, "UI", sop_uid_);
  meta.text(0x00020010, "UI", transfer_syntax_);
  Part10Writer length;
  length.raw(0x00020000, "UL", meta.in_order(meta.dataset_.size(), 4));
  std::string file = preamble_;
  file.resize(128);
  file.append("DICM").append(length.dataset_).append(meta.dataset_);
  return file.append(transfer_syntax_ == deflated_little ? deflated(dataset_, Wrapping::none) : dataset_);
}

std::string Part10Writer::in_order(std::uint64_t value, std::size_t count) const {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = transfer_syntax_ == explicit_big ? count - 1 - i : i;
    out.push_back(static_cast<char>(value >> (8 * at) & 0xFFU));
  }
  return out;
}

std::string Part10Writer::tag_in_order(std::uint32_t tag) const {
  return in_order(tag >> 16U, 2) + in_order(tag & 0xFFFFU, 2);
}

}  // namespace dmw::dicom
