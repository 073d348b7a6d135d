#include "dicom/read_attributes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "dicom/dataset.h"
#include "dicom/dicom_json.h"
#include "dicom/recording.h"
#include "dicom/text.h"

namespace dmw::dicom {
namespace {

/// Longer than any valid value of the VRs below, and short enough for every index of the catalog.
constexpr std::size_t text_bytes_max = 1024;

/// The last is a stop: no element before Pixel Data has it.
constexpr std::array<std::uint32_t, 30> typed_tags = {
    0x00080005, 0x00080016, 0x00080018, 0x00080020, 0x00080030, 0x00080050, 0x00080060, 0x00080090,
    0x00081010, 0x00081030, 0x0008103E, 0x00100010, 0x00100020, 0x00100021, 0x00100030, 0x00100040,
    0x00180015, 0x0020000D, 0x0020000E, 0x00200010, 0x00200011, 0x00200013, 0x00280002, 0x00280004,
    0x00280008, 0x00280010, 0x00280011, 0x00280100, 0x00287FE0, 0xFFFFFFFF};

/// Attributes with a column are read from this part of a dataset, so that the memory for them does not grow with the
/// header.
constexpr std::uint64_t typed_bytes = 16 * 1024 * 1024;

/// The sink for attributes with a column. Both lists of wanted tags ascend as the dataset does, so an element costs a
/// comparison with the next of each.
class Columns {
 public:
  /// What begins at `end` or behind it is not taken.
  Columns(Window& window, const ReadOptions& options, std::uint64_t end, Attributes& out)
      : window_(window), series_tags_(options.series_tags), end_(end), out_(out) {}

  bool skips(Tag tag, unsigned depth) {
    if (depth != 0) return !recording_sequence_;
    if (tag <= last_ || tag >= next_) return false;
    last_ = tag;
    return true;
  }
  void leaf(const Heading& heading, unsigned depth) {
    if (heading.offset >= end_) {
      drop_sequence();
      return;
    }
    if (depth != 0) {
      recorded_.leaf(heading, depth);
      return;
    }
    if (heading.tag == last_) return;
    if (heading.tag < last_) seek(heading.tag);
    last_ = heading.tag;
    while (number(heading.tag) > typed_tags[typed_]) ++typed_;
    if (number(heading.tag) == typed_tags[typed_] && typed_ + 1 < typed_tags.size()) {
      take(heading);
      ++typed_;
    }
    if (is_series_tag(heading.tag)) {
      recorded_.leaf(heading, 0);
      ++series_;
    }
    next_ = Tag{typed_tags[typed_]};
    if (series_ < series_tags_.size()) next_ = std::min(next_, series_tags_[series_]);
  }
  void open_sequence(const Heading& heading, unsigned depth) {
    if (depth == 0) {
      recording_sequence_ = heading.offset < end_ && is_series_tag(heading.tag);
      before_sequence_ = recorded_.elements.size();
    }
    if (heading.offset >= end_) drop_sequence();
    if (recording_sequence_) recorded_.open_sequence(heading, depth);
  }
  void item(std::uint64_t offset, Encoding encoding, unsigned depth) {
    if (offset >= end_) drop_sequence();
    if (recording_sequence_) recorded_.item(offset, encoding, depth);
  }
  void close_item(unsigned depth) {
    if (recording_sequence_) recorded_.close_item(depth);
  }
  void close_sequence(unsigned depth) {
    if (depth == 0) recording_sequence_ = false;
  }
  void abandon_sequence(unsigned depth) {
    if (recording_sequence_) recorded_.abandon_sequence(depth);
    if (depth == 0) recording_sequence_ = false;
  }

  const Charset& charset() const { return charset_; }
  PixelShape shape() const {
    return {.rows = out_.rows,
            .columns = out_.columns,
            .samples = samples_,
            .bits_allocated = out_.bits_allocated,
            .frames = out_.frames,
            .is_subsampled = is_subsampled_,
            .is_elsewhere = is_elsewhere_};
  }
  std::vector<Element>& recorded() { return recorded_.elements; }

 private:
  /// A sequence that is not taken to its end is not taken.
  void drop_sequence() {
    if (recording_sequence_) recorded_.elements.resize(before_sequence_);
    recording_sequence_ = false;
  }
  bool is_series_tag(Tag tag) {
    while (series_ < series_tags_.size() && series_tags_[series_] < tag) ++series_;
    return series_ < series_tags_.size() && series_tags_[series_] == tag;
  }
  /// The dataset went back: begin again where this tag belongs.
  void seek(Tag tag) {
    typed_ = static_cast<std::size_t>(std::ranges::lower_bound(typed_tags, number(tag)) - typed_tags.begin());
    series_ = 0;
  }

  void take(const Heading& heading);
  std::string_view raw_text(const Heading& heading, Vr vr);
  std::string text(const Heading& heading, Vr vr);
  std::string uid(const Heading& heading);
  std::optional<std::int32_t> decimal(const Heading& heading);
  std::optional<std::int32_t> binary(const Heading& heading);

  Window& window_;
  const std::vector<Tag>& series_tags_;
  std::uint64_t end_;
  Attributes& out_;
  Charset charset_;
  Recording recorded_{std::numeric_limits<std::size_t>::max()};
  std::optional<std::int32_t> samples_;
  bool is_subsampled_ = false;
  bool is_elsewhere_ = false;
  Tag last_{};
  Tag next_{};  // no tag below it is wanted, as long as tags ascend
  std::size_t typed_ = 0;
  std::size_t series_ = 0;
  std::uint32_t taken_ = 0;
  std::size_t before_sequence_ = 0;  // elements that were recorded
  bool recording_sequence_ = false;
};

void Columns::take(const Heading& heading) {
  const std::uint32_t bit = 1U << typed_;
  if ((taken_ & bit) != 0) return;
  taken_ |= bit;
  const auto patient = [&](Vr vr) { return Private<std::string>(text(heading, vr)); };
  switch (number(heading.tag)) {
    case 0x00080005:
      charset_ = Charset::of(as_text(window_.up_to(heading.value_offset(), std::min(heading.length, 1024U))));
      break;
    case 0x00080016:
      out_.sop_class = uid(heading);
      std::erase(out_.sop_class, '\x1B');
      break;
    case 0x00080018:
      out_.sop_uid = SopUid(uid(heading));
      break;
    case 0x00080020: {
      out_.study_date = text(heading, Vr::da);
      if (!out_.study_date.empty() && !is_date(out_.study_date)) out_.flags |= Flag::bad_value;
      break;
    }
    case 0x00080030: {
      out_.study_time = text(heading, Vr::tm);
      if (!out_.study_time.empty() && !is_time(out_.study_time)) out_.flags |= Flag::bad_value;
      break;
    }
    case 0x00080050:
      out_.accession_number = patient(Vr::sh);
      break;
    case 0x00080060:
      out_.modality = text(heading, Vr::cs);
      break;
    case 0x00080090:
      out_.referring_physician = patient(Vr::pn);
      break;
    case 0x00081010:
      out_.station_name = text(heading, Vr::sh);
      break;
    case 0x00081030:
      out_.study_description = patient(Vr::lo);
      break;
    case 0x0008103E:
      out_.series_description = patient(Vr::lo);
      break;
    case 0x00100010:
      out_.patient_name = patient(Vr::pn);
      break;
    case 0x00100020:
      out_.patient_id = patient(Vr::lo);
      break;
    case 0x00100021:
      out_.issuer_of_patient_id = patient(Vr::lo);
      break;
    case 0x00100030: {
      out_.patient_birth_date = patient(Vr::da);
      const std::string& date = out_.patient_birth_date.reveal();
      if (!date.empty() && !is_date(date)) out_.flags |= Flag::bad_value;
      break;
    }
    case 0x00100040:
      out_.patient_sex = patient(Vr::cs);
      break;
    case 0x00180015:
      out_.body_part = text(heading, Vr::cs);
      break;
    case 0x0020000D:
      out_.study_uid = StudyUid(uid(heading));
      break;
    case 0x0020000E:
      out_.series_uid = SeriesUid(uid(heading));
      break;
    case 0x00200010:
      out_.study_id = text(heading, Vr::sh);
      break;
    case 0x00200011:
      out_.series_number = decimal(heading);
      break;
    case 0x00200013:
      out_.instance_number = decimal(heading);
      break;
    case 0x00280002: {
      const Flags told = out_.flags;  // it has no column, so its oddities are not flagged
      samples_ = binary(heading);
      out_.flags = told;
      break;
    }
    case 0x00280004: {
      const std::string_view name = as_text(window_.up_to(heading.value_offset(), std::min(heading.length, 16U)));
      is_subsampled_ = name.contains("_42");
      break;
    }
    case 0x00280008:
      out_.frames = decimal(heading);
      break;
    case 0x00280010:
      out_.rows = binary(heading);
      break;
    case 0x00280011:
      out_.columns = binary(heading);
      break;
    case 0x00280100:
      out_.bits_allocated = binary(heading);
      break;
    case 0x00287FE0:
      is_elsewhere_ = heading.length != 0;
      break;
    default:
      break;
  }
}

std::string_view Columns::raw_text(const Heading& heading, Vr vr) {
  const std::size_t length = std::min<std::size_t>(heading.length, text_bytes_max);
  const std::string_view all = as_text(window_.up_to(heading.value_offset(), length));
  const std::string_view raw = until_nul(all);
  if (raw.size() < all.size()) out_.flags |= Flag::bad_value;
  return without_padding(raw, vr);
}

std::string Columns::text(const Heading& heading, Vr vr) {
  const std::string_view raw = raw_text(heading, vr);
  std::string out;
  if (!append_text(raw, vr, charset_, out)) out_.flags |= Flag::charset_guessed;
  if (heading.length > text_bytes_max || out.size() > text_bytes_max) {
    out_.flags |= Flag::bad_value;
    if (out.size() > text_bytes_max) {
      std::size_t end = text_bytes_max;
      while (end > 0 && (out[end] & '\xC0') == '\x80') --end;
      out.resize(end);
    }
  }
  return out;
}

std::string Columns::uid(const Heading& heading) {
  const std::string_view raw = raw_text(heading, Vr::ui);
  if (is_plain_uid(raw)) return std::string(raw);
  if (!raw.empty()) out_.flags |= Flag::bad_value;
  // A UID with control characters is refused; as text this one would be dropped.
  if (raw.contains('\x1B')) return "\x1B";
  return text(heading, Vr::ui);
}

std::optional<std::int32_t> Columns::decimal(const Heading& heading) {
  const std::string out = text(heading, Vr::is);
  if (out.empty()) return std::nullopt;
  std::int32_t value = 0;
  const char* const begin = out.data() + (out.front() == '+' ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, out.data() + out.size(), value);
  if (error == std::errc() && end == out.data() + out.size()) return value;
  out_.flags |= Flag::bad_value;
  return std::nullopt;
}

std::optional<std::int32_t> Columns::binary(const Heading& heading) {
  if (heading.length == 0) return std::nullopt;
  if (heading.vr == Vr::is || heading.vr == Vr::ds) return decimal(heading);
  const bool wide = heading.length == 4 || one_of(heading.vr, Vr::ul, Vr::sl);
  if (heading.length != 2) out_.flags |= Flag::bad_value;
  const std::byte* const at =
      heading.length < (wide ? 4U : 2U) ? nullptr : window_.at(heading.value_offset(), wide ? 4 : 2);
  if (at == nullptr) return std::nullopt;
  const bool big = heading.encoding.big_endian;
  if (!wide) return load<std::uint16_t>(at, big);
  return static_cast<std::int32_t>(load<std::uint32_t>(at, big) & 0x7FFFFFFFU);
}

/// Of text in UTF-8: U+0000 to U+001F and U+007F to U+009F.
bool has_control_characters(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0) return true;
  }
  return false;
}

Result<> require_uid(const std::string& uid, std::string_view what, std::uint64_t header_bytes = 0) {
  const bool may_be_behind = header_bytes > typed_bytes;
  if (uid.empty()) {
    return fail(Errc::unsupported, format("no {}{}", what, may_be_behind ? " in the first 16 MiB of the header" : ""));
  }
  if (has_control_characters(uid))
    return fail(Errc::unsupported, format("{} has control characters, which a UID must not have", what));
  if (uid.size() > uid_bytes_max)
    return fail(Errc::unsupported, format("{} is longer than {} bytes", what, uid_bytes_max));
  return {};
}

/// One attribute after the other, as far as there is room: what one of them makes of the JSON costs no other.
Result<std::string> those_that_fit(std::span<const Element> elements, ByteSource& bytes, const JsonContext& context,
                                   const JsonOptions& options) {
  std::string all;
  while (!elements.empty()) {
    const auto next = std::find_if(elements.begin() + 1, elements.end(), [](const Element& e) { return e.depth == 0; });
    const Result<std::string> one = to_dicom_json(bytes, {elements.begin(), next}, context, options);
    elements = {next, elements.end()};
    if (!one && one.error().code != Errc::too_large) return std::unexpected(one.error());
    if (!one || one->size() <= 2 || !json::is_valid(*one) || all.size() + one->size() > options.limit_bytes) continue;
    all += all.empty() ? '{' : ',';
    all.append(*one, 1, one->size() - 2);
  }
  return all.empty() ? all : all + '}';
}

Result<std::string> series_attributes(Columns& columns, ByteSource& bytes) {
  if (columns.recorded().empty()) return std::string();
  put_in_order(columns.recorded());
  constexpr JsonOptions options{.inline_binary_bytes = 256, .text_bytes = 4096, .limit_bytes = 64 * 1024};
  const JsonContext context{.charset = columns.charset()};
  Result<std::string> text = to_dicom_json(bytes, columns.recorded(), context, options);
  if (!text && text.error().code != Errc::too_large) return std::unexpected(text.error());
  if (!text || !json::is_valid(*text)) return those_that_fit(columns.recorded(), bytes, context, options);
  return text;
}

Result<Attributes> read(ByteSource& file, const ReadOptions& options, Attributes& out) {
  Dataset dataset = TRY(open_dataset(file, options.limit_bytes));
  Window window(dataset.bytes());
  Columns columns(window, options, dataset.offset + typed_bytes, out);
  const WalkEnd end = TRY(Walk(window, columns, options.limit_bytes).run(dataset.offset, dataset.encoding));
  const Result<std::uint64_t> header_bytes = dataset.conclude(end, columns.shape(), options.limit_bytes);
  out.flags |= dataset.flags;
  out.header_bytes = TRY(header_bytes);
  out.transfer_syntax = std::move(dataset.transfer_syntax);
  if (out.sop_class.empty()) out.sop_class = std::move(dataset.meta_sop_class);
  const bool has_pixels = end.pixel_data && end.pixel_data->length != 0;
  if (!has_pixels && columns.shape().promises_pixels(out.sop_class)) out.flags |= Flag::missing_pixel_data;
  if (out.sop_class == "1.2.840.10008.1.3.10") {
    return fail(Errc::unsupported, "a DICOMDIR: it lists files and is no instance itself");
  }
  TRY(require_uid(out.study_uid.get(), "Study Instance UID (0020,000D)", out.header_bytes));
  TRY(require_uid(out.series_uid.get(), "Series Instance UID (0020,000E)", out.header_bytes));
  TRY(require_uid(out.sop_uid.get(), "SOP Instance UID (0008,0018)", out.header_bytes));
  if (!dataset.meta_sop_uid.empty() && dataset.meta_sop_uid != out.sop_uid.get()) out.flags |= Flag::meta_mismatch;
  out.series_attributes = TRY(series_attributes(columns, dataset.bytes()));
  return std::move(out);
}

}  // namespace

Result<Attributes> read_attributes(ByteSource& file, const ReadOptions& options) {
  Attributes out;
  return read(file, options, out);
}

Result<HeaderReading> read_instance(ByteSource& file, const ReadOptions& options) {
  Attributes so_far;
  Result<Attributes> whole = read(file, options, so_far);
  if (whole) return *std::move(whole);
  const Error& why = whole.error();
  if (why.transient()) return std::unexpected(std::move(whole).error());
  const bool has_study = require_uid(so_far.study_uid.get(), "").has_value();
  return Refusal{why.code, why.message(), has_study ? so_far.study_uid : StudyUid()};
}

}  // namespace dmw::dicom
