#include "dicom/dicom_json.h"

#include <array>
#include <utility>

#include "dicom/json_values.h"
#include "dicom/text.h"
#include "dicom/walk.h"

namespace dmw::dicom {

/// Writes a flat list of elements as nested objects; the depth of the next element determines which ones to close.
class JsonWriter {
 public:
  JsonWriter(ByteSource& bytes, std::span<const Element> elements, const JsonContext& context,
             const JsonOptions& options)
      : window_(bytes), elements_(elements), options_(options), signed_pixels_(context.signed_pixels) {
    levels_[0] = {.charset = context.charset};
    out_.push_back('{');
  }

  /// The next piece, as soon as it has `bytes`; empty after the end.
  Result<std::string> next(std::uint64_t bytes) {
    while (!elements_.empty() && out_.size() <= bytes) {
      write(elements_.front());
      elements_ = elements_.subspan(1);
      if (window_.error()) return std::unexpected(*window_.error());
    }
    if (elements_.empty() && !is_ended_) {
      close_down_to(0);
      end_sequence();
      out_.push_back('}');
      is_ended_ = true;
    }
    return std::exchange(out_, {});
  }

 private:
  /// One object that is open. Its sequence, if an item of it is open, is closed with it.
  struct Level {
    Charset charset;
    bool has_member = false;
    bool in_sequence = false;  // the last member is a sequence that is still open
    bool has_item = false;
    Tag sequence{};           // the last one
    std::uint32_t items = 0;  // of it, so far
  };

  void write(const Element& element) {
    if (element.tag == tags::item) {
      close_down_to(element.depth - 1U);
      Level& outer = levels_[depth_];
      out_ += outer.has_item ? "," : ",\"Value\":[";
      outer.has_item = true;
      ++outer.items;
      levels_[depth_ + 1] = {.charset = outer.charset};
      ++depth_;
      out_.push_back('{');
      return;
    }
    close_down_to(element.depth);
    end_sequence();
    const bool unwanted = dicom::element(element.tag) == 0 || group(element.tag) == 0x0002;
    if (unwanted && element.vr != Vr::sq) return;  // a sequence has items that need their place
    Level& level = levels_[depth_];
    if (level.has_member) out_.push_back(',');
    level.has_member = true;
    const Vr vr = element.vr == Vr::us_or_ss ? (signed_pixels_ ? Vr::ss : Vr::us) : element.vr;
    out_ += format("\"{:08X}\":{{\"vr\":\"{}\"", number(element.tag), name(vr));
    if (vr == Vr::sq && !element.opaque && element.length != 0) {
      level.in_sequence = true;
      level.has_item = false;
      level.sequence = element.tag;
      level.items = 0;
      return;
    }
    write_value(element, vr, level);
    out_.push_back('}');
  }

  void write_value(const Element& element, Vr vr, Level& level) {
    if (element.tag == tags::specific_character_set && element.length == 0) level.charset = Charset();
    if (element.tag == tags::specific_character_set)
      out_ += R"(,"Value":["ISO_IR 192"])";  // the character set of the output
    if (vr == Vr::sq || element.length == 0 || element.length == undefined_length) return;
    if (element.length > (is_bulk(vr) ? options_.inline_binary_bytes : options_.text_bytes)) {
      write_place(element.tag);
      return;
    }
    const std::byte* const at = window_.at(element.offset, element.length);
    if (at == nullptr) return;
    const ByteView raw(at, element.length);
    if (element.tag == tags::specific_character_set) {
      level.charset = Charset::of(as_text(raw));
      return;
    }
    if (element.tag == tags::pixel_representation && depth_ == 0 && raw.size() >= 2) {
      signed_pixels_ = load<std::uint16_t>(raw.data(), element.big_endian) == 1;
    }
    const std::size_t before = out_.size();
    out_.push_back(',');
    const std::size_t empty = out_.size();
    if (is_bulk(vr)) {
      append_binary_value(raw, vr, element.big_endian, out_);
    } else if (value_size(vr) > 1) {
      append_number_value(raw, vr, element.big_endian, is_lut_descriptor(element.tag), out_);
    } else {
      append_text_value(raw, vr, level.charset, out_);
    }
    if (out_.size() == empty) out_.resize(before);
  }

  /// As an ElementPath.
  void write_place(Tag tag) {
    if (options_.bulk_data_uri.empty() || tag == tags::specific_character_set) return;
    out_.append(",\"BulkDataURI\":\"").append(options_.bulk_data_uri);
    for (unsigned depth = 0; depth < depth_; ++depth)
      out_ += format("{:08X}.{}.", number(levels_[depth].sequence), levels_[depth].items);
    out_ += format("{:08X}\"", number(tag));
  }

  void end_sequence() {
    Level& level = levels_[depth_];
    if (!level.in_sequence) return;
    level.in_sequence = false;
    out_ += level.has_item ? "]}" : "}";  // PS3.18 §F.2.5: without items there is no Value
  }

  void close_down_to(unsigned depth) {
    for (; depth_ > depth; --depth_) {
      end_sequence();
      out_.push_back('}');
    }
  }

  Window window_;
  std::span<const Element> elements_;  // that are to be written
  JsonOptions options_;
  bool signed_pixels_;
  bool is_ended_ = false;
  unsigned depth_ = 0;
  std::array<Level, depth_max + 2> levels_;
  std::string out_;
};

Result<std::string> to_dicom_json(ByteSource& bytes, std::span<const Element> elements, const JsonContext& context,
                                  const JsonOptions& options) {
  JsonWriter writer(bytes, elements, context, options);
  std::string text = TRY(writer.next(options.limit_bytes));
  if (text.size() <= options.limit_bytes) return text;
  return fail(Errc::too_large, format("the header as JSON is larger than {} MiB", options.limit_bytes >> 20U));
}

Result<std::string> to_dicom_json(ByteSource& file, const Header& header, const JsonOptions& options) {
  return to_dicom_json(header.bytes(file), header.elements, {}, options);
}

DicomJsonPieces::DicomJsonPieces(ByteSource& file, const Header& header, std::size_t piece_bytes,
                                 const JsonOptions& options)
    : writer_(std::make_unique<JsonWriter>(header.bytes(file), header.elements, JsonContext(), options)),
      piece_bytes_(piece_bytes) {}
DicomJsonPieces::~DicomJsonPieces() = default;
DicomJsonPieces::DicomJsonPieces(DicomJsonPieces&&) noexcept = default;

Result<std::string> DicomJsonPieces::next() {
  return writer_->next(piece_bytes_);
}

}  // namespace dmw::dicom
