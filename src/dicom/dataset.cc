#include "dicom/dataset.h"

#include <algorithm>
#include <vector>

#include "dicom/other_file.h"
#include "dicom/part10.h"
#include "dicom/shown_syntax.h"
#include "dicom/text.h"
#include "model/uid.h"

namespace dmw::dicom {
namespace {

/// A UID of the meta as text that can go anywhere, whatever its bytes are.
std::string uid_text(std::string_view uid, Flags& flags) {
  if (is_plain_uid(uid)) return std::string(uid);
  std::string text;
  const bool fits = append_text(uid.substr(0, uid_bytes_max), Vr::ui, Charset(), text);
  if (!fits || !uid.empty()) flags |= Flag::bad_value;
  return text;
}

bool is_group_2(ByteView first, bool big_endian) {
  return first.size() >= 4 && group(load_tag(first.data(), big_endian)) == 2;
}

/// The encoding of the elements is not the one of `declared`: they are named by their own, where that has a name and
/// `declared` says nothing of compressed pixels.
void contradict(Dataset& dataset, std::string_view declared) {
  dataset.flags |= Flag::odd_encoding;
  const PixelForm form = pixel_form(declared);
  if (form == PixelForm::unknown) return;
  dataset.flags |= Flag::transfer_syntax_mismatch;
  const std::string_view shown = syntax_of(dataset.encoding);
  if (form == PixelForm::native && !dataset.inflated && !shown.empty()) dataset.transfer_syntax = shown;
}

/// True when the stream is not as PS3.5 §A.5 wants it.
Result<bool> open_stream(Dataset& dataset, std::uint64_t limit_bytes) {
  dataset.inflated = std::make_unique<InflatedSource>(*dataset.file, dataset.offset, limit_bytes);
  dataset.offset = 0;
  std::array<std::byte, 8> begin{};
  TRY(dataset.inflated->read_at(0, begin));
  return dataset.inflated->is_wrapped();
}

}  // namespace

Result<Dataset> open_dataset(ByteSource& file, std::uint64_t limit_bytes) {
  std::vector<std::byte> buffer;
  ByteView head = file.head();
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(head_limit_bytes, file.size()));
  if (head.size() < wanted) {
    buffer.resize(wanted);
    buffer.resize(TRY(file.read_at(0, buffer)));
    head = buffer;
  }
  const Prefix prefix = read_prefix(head);
  Dataset dataset;
  dataset.flags = prefix.flags;
  dataset.transfer_syntax = uid_text(prefix.transfer_syntax, dataset.flags);
  dataset.meta_sop_class = uid_text(prefix.sop_class, dataset.flags);
  dataset.meta_sop_uid = uid_text(prefix.sop_uid, dataset.flags);
  dataset.file = &file;
  const std::uint64_t begin = prefix.first_element;
  const std::uint64_t available = file.size() - std::min(file.size(), begin);
  ByteView first = head.subspan(std::min<std::size_t>(head.size(), static_cast<std::size_t>(begin)));
  std::vector<std::byte> behind_long_meta;
  if (first.size() < std::min<std::uint64_t>(available, beginning_bytes)) {
    behind_long_meta.resize(beginning_bytes);
    behind_long_meta.resize(TRY(file.read_at(begin, behind_long_meta)));
    first = behind_long_meta;
  }
  if (!prefix.has_meta && !plausible(first, available)) {
    if (!prefix.has_dicm)
      return fail(Errc::not_dicom, "not DICOM: neither \"DICM\" at byte 128 nor a data element at the start");
    return fail(Errc::corrupted, format("no data element follows \"DICM\" at byte {}", begin));
  }
  dataset.offset = begin;
  const Encoding declared = declared_encoding(prefix.transfer_syntax);
  bool contradicted = false;
  if (const auto shown = encoding_shown(first, available, prefix.transfer_syntax)) {
    dataset.encoding = *shown;
    if (is_group_2(first, shown->big_endian)) dataset.flags |= Flag::odd_encoding;
    contradicted = *shown != declared || is_deflated(prefix.transfer_syntax);
  } else {
    contradicted = TRY(open_stream(dataset, limit_bytes));
    Window window(dataset.bytes());
    dataset.encoding = recognised(0, window.source_size(), declared, true, proof_of_another,
                                  [&](std::uint64_t at, std::size_t count) { return window.at(at, count); });
    contradicted |= dataset.encoding != declared;
  }
  if (dataset.transfer_syntax.empty())
    dataset.transfer_syntax = syntax_of(dataset.encoding);
  else if (contradicted)
    contradict(dataset, prefix.transfer_syntax);
  return dataset;
}

Result<std::uint64_t> Dataset::conclude(const WalkEnd& end, const PixelShape& shape, std::uint64_t limit_bytes) {
  if (end.odd_encoding) flags |= Flag::odd_encoding;
  std::uint64_t header_bytes = end.pixel_data ? end.offset : file->size();
  if (inflated) header_bytes = inflated->consumed_bytes();
  compare_pixels(end, shape);
  const PixelsEnd pixels = TRY(look_behind(end, shape, limit_bytes));
  if (pixels.is_cut) flags |= Flag::truncated_pixel_data;
  if (pixels.is_odd) flags |= Flag::odd_encoding;
  const std::optional<ValuePlace>& further = end.further_sop_uid ? end.further_sop_uid : pixels.sop_uid;
  if (end.sop_uid && further) TRY(expect_no_other_instance(bytes(), *end.sop_uid, *further));
  if (!pixels.is_cut) TRY(expect_no_other_file(*file, pixels.offset));
  return header_bytes;
}

/// Pixels that are fragments where the transfer syntax has none, or the other way.
void Dataset::compare_pixels(const WalkEnd& end, const PixelShape& shape) {
  if (!end.pixel_data || end.pixel_data->tag != tags::pixel_data || end.pixel_data->length == 0) return;
  const bool fragments = end.pixel_data->length == undefined_length;
  const PixelForm form = pixel_form(transfer_syntax);
  if (form == PixelForm::unknown || fragments == (form == PixelForm::encapsulated)) return;
  flags |= Flags(Flag::transfer_syntax_mismatch) | Flag::odd_encoding;
  // As many bytes as native pixels need, without fragments: nothing is compressed.
  if (!fragments && shape.fits_into(end.pixel_data->length) && !syntax_of(encoding).empty())
    transfer_syntax = syntax_of(encoding);
}

Result<PixelsEnd> Dataset::look_behind(const WalkEnd& end, const PixelShape& shape, std::uint64_t limit_bytes) const {
  const std::optional<Heading>& pixels = end.pixel_data;
  const bool is_native = pixels && pixels->length != undefined_length && pixels->length != 0;
  const bool is_raw = is_native && pixel_form(transfer_syntax) == PixelForm::native;
  if (is_raw && shape.is_cut_by(pixels->length)) return PixelsEnd{.is_cut = true};
  if (!inflated) return pixels ? end_of_pixels(*file, *pixels, limit_bytes) : PixelsEnd{.offset = end.offset};
  const std::optional<InflatedSource::End> stream = TRY(inflated->finish());
  if (!stream) return PixelsEnd{.offset = file->size()};
  return PixelsEnd{.is_cut = stream->is_cut || (is_native && pixels->length > stream->size_bytes - end.offset),
                   .offset = stream->offset};
}

}  // namespace dmw::dicom
