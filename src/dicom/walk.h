// Walk: once over the elements of a dataset, from the first to Pixel Data. Iterative, with a fixed stack; no length is
// believed before it fits its container. What to keep is the Sink's decision: the typed attributes and the full header
// are two sinks of this one walk, so both accept and refuse the same files.
//
// A Sink has, `depth` being that of the sequence, here and below:
//   - bool skips(Tag, unsigned depth): true: the leaf with this tag is not wanted, leaf() is not called
//   - void leaf(const Heading&, unsigned depth): an element whose value is bytes
//   - void open_sequence(const Heading&, unsigned depth): its items follow, each announced by item()
//   - void item(std::uint64_t offset, Encoding, unsigned depth)
//   - void close_item(unsigned depth)
//   - void close_sequence(unsigned depth)
//   - void abandon_sequence(unsigned depth): instead of close: what came since the last item makes no sense
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <string>

#include "base/format.h"
#include "base/result.h"
#include "dicom/dictionary.h"
#include "dicom/encoding.h"
#include "dicom/window.h"
#include "model/flags.h"

namespace dmw::dicom {

/// Sequences within sequences; deeper is too_deep.
inline constexpr unsigned depth_max = 64;
/// A value that is longer is neither read nor counted as header.
inline constexpr std::uint32_t bulk_bytes = 64 * 1024;

/// Headings that were read otherwise than they stand. Each may cost a look elsewhere in the file.
inline constexpr unsigned other_readings_max = 4096;

/// At the top level the walk ends here (PS3.3 C.7.6.3.1.4, C.7.6.24).
constexpr bool is_pixel_data(Tag tag) {
  return tag == tags::pixel_data || tag == tags::float_pixel_data || tag == tags::double_float_pixel_data;
}

/// Where a walk ended.
struct WalkEnd {
  std::uint64_t offset = 0;           // of the value of Pixel Data, or of the end of the dataset
  std::optional<Heading> pixel_data;  // when it was met
  bool odd_encoding = false;
  /// The first two values of SOP Instance UID (0008,0018) at the top level. A dataset has one.
  std::optional<ValuePlace> sop_uid;
  std::optional<ValuePlace> further_sop_uid;
};

template <typename Sink>
class Walk {
 public:
  Walk(Window& window, Sink& sink, std::uint64_t limit_bytes)
      : window_(window), sink_(sink), limit_bytes_(limit_bytes) {}

  /// Errors: corrupted (an element runs past its container, or is none), too_large (more than `limit_bytes` of header),
  /// too_deep (nesting over 64), and those of the source.
  Result<WalkEnd> run(std::uint64_t offset, Encoding encoding);
  /// After an error: the bytes end where the elements go on.
  bool ran_out() const { return ran_out_; }
  /// After an error: what was met before it.
  const WalkEnd& met() const { return end_; }

 private:
  enum class Kind : std::uint8_t { dataset, item, sequence, fragments };
  enum class Step : std::uint8_t { go_on, finished, failed };

  /// Left without a value until it is pushed: there are many, and few are ever used.
  struct Frame {
    std::uint64_t end;
    Tag tag;  // of the sequence, in all that is within it
    Encoding encoding;
    Kind kind;
    bool undefined;
  };

  Step elements();
  template <bool implicit>
  void ordinary_leaves(const Frame& frame);
  Step nested(const std::byte* at, Tag tag);
  Step special(Heading& heading);
  Step bare_tag(Tag tag);
  Step end_of_bytes();
  Step past_end(const Heading& heading);
  Step push(Frame frame);
  bool begins_item(const Heading& heading);
  void pop();
  bool recover();

  void leaf(const Heading& heading) {
    if (heading.tag == tags::sop_uid) identify(heading.value_offset(), heading.length);
    if (!sink_.skips(heading.tag, level())) sink_.leaf(heading, level());
  }
  void identify(std::uint64_t offset, std::uint32_t length) {
    std::optional<ValuePlace>& place = end_.sop_uid ? end_.further_sop_uid : end_.sop_uid;
    if (depth_ == 0 && !place) place = ValuePlace{offset, length};
  }
  Frame& top() { return frames_[depth_]; }
  unsigned level() const { return (depth_ + 1) / 2; }
  Step fail_with(Errc code, std::string what) {
    error_ = Error{code, std::move(what), {}};
    return Step::failed;
  }

  Window& window_;
  Sink& sink_;
  std::uint64_t limit_bytes_;
  std::uint64_t budget_end_ = 0;
  std::uint64_t position_ = 0;
  Tag last_{};
  std::uint64_t last_offset_ = 0;
  unsigned depth_ = 0;
  unsigned other_readings_ = 0;
  bool ran_out_ = false;
  WalkEnd end_;
  std::optional<Error> error_;
  std::array<Frame, 2 * depth_max + 1> frames_;
};

template <typename Sink>
Result<WalkEnd> Walk<Sink>::run(std::uint64_t offset, Encoding encoding) {
  position_ = offset;
  budget_end_ = offset + limit_bytes_;
  frames_[0] = {
      .end = window_.source_size(), .tag = {}, .encoding = encoding, .kind = Kind::dataset, .undefined = false};
  Step step = Step::go_on;
  while (step == Step::go_on) {
    step = elements();
    if (step == Step::failed && window_.error()) return std::unexpected(*window_.error());
    if (step == Step::failed && recover()) step = Step::go_on;
  }
  if (step == Step::failed) return std::unexpected(std::move(*error_));
  if (!end_.pixel_data) end_.offset = position_;
  return end_;
}

/// VRs whose element is nothing but a heading and a value.
inline constexpr std::uint64_t short_leaves =
    bit(Vr::ae) | bit(Vr::as) | bit(Vr::at) | bit(Vr::cs) | bit(Vr::da) | bit(Vr::ds) | bit(Vr::dt) | bit(Vr::fd) |
    bit(Vr::fl) | bit(Vr::is) | bit(Vr::lo) | bit(Vr::lt) | bit(Vr::pn) | bit(Vr::sh) | bit(Vr::sl) | bit(Vr::ss) |
    bit(Vr::st) | bit(Vr::tm) | bit(Vr::ui) | bit(Vr::ul) | bit(Vr::us);

/// The hot loop: ordinary leaves in little endian, wholly inside the window. Stops before everything else, which
/// elements() then takes; so it may decide nothing but what is plain.
template <typename Sink>
template <bool implicit>
void Walk<Sink>::ordinary_leaves(const Frame& frame) {
  const ByteView bytes = window_.held(position_, std::min(frame.end, budget_end_));
  const unsigned depth = level();
  const std::byte* at = bytes.data();
  const std::byte* const end = at + bytes.size();
  std::uint32_t odd = 0;
  Tag tag = last_;
  const std::byte* last = nullptr;
  while (end - at >= 20) {  // a heading, and the tag and length of an item behind it
    const Tag here{std::rotl(load<std::uint32_t>(at, false), 16)};
    Vr vr = Vr::none;
    std::uint8_t size = 8;
    std::uint32_t length = 0;
    if constexpr (implicit) {
      length = load<std::uint32_t>(at + 4, false);
      if (load_tag(at + 8, false) == tags::item && length >= 8) break;
    } else {
      vr = load_vr(at + 4);
      if ((short_leaves >> static_cast<unsigned>(vr) & 1U) != 0) [[likely]] {
        length = load<std::uint16_t>(at + 6, false);
      } else {
        if (vr == Vr::sq || !has_long_form(vr)) break;
        size = 12;
        length = load<std::uint32_t>(at + 8, false);
        if (vr == Vr::un && load_tag(at + 12, false) == tags::item) break;
      }
    }
    // Pixel Data, delimiters and padding have tags of 7FE00008 and more, or 0.
    if (length > bulk_bytes || length > static_cast<std::size_t>(end - at) - size) break;
    if (number(here) - 1U >= 0x7FE00007U && (is_pixel_data(here) || number(here) == 0 || group(here) == 0xFFFE)) break;
    if (here == tags::sop_uid) [[unlikely]]
      identify(position_ + static_cast<std::uint64_t>(at - bytes.data()) + size, length);
    if (!sink_.skips(here, depth)) {
      Heading heading;
      heading.tag = here;
      heading.vr = vr;
      heading.encoding.implicit = implicit;
      heading.size = size;
      heading.length = length;
      heading.offset = position_ + static_cast<std::uint64_t>(at - bytes.data());
      sink_.leaf(heading, depth);
    }
    odd |= length;
    tag = here;
    last = at;
    at += size + length;
  }
  if (last == nullptr) return;
  if ((odd & 1U) != 0) end_.odd_encoding = true;
  last_ = tag;
  last_offset_ = position_ + static_cast<std::uint64_t>(last - bytes.data());
  position_ += static_cast<std::uint64_t>(at - bytes.data());
}

/// Runs while there are elements, and stops for what ends the walk.
template <typename Sink>
typename Walk<Sink>::Step Walk<Sink>::elements() {
  for (;;) {
    const Frame& frame = top();
    if (frame.kind <= Kind::item && !frame.encoding.big_endian) [[likely]] {
      if (frame.encoding.implicit) {
        ordinary_leaves<true>(frame);
      } else {
        ordinary_leaves<false>(frame);
      }
    }
    if (position_ >= frame.end) {
      if (depth_ == 0) return position_ == frame.end ? Step::finished : end_of_bytes();
      if (frame.undefined) {
        if (frame.end == frames_[0].end) return end_of_bytes();
        end_.odd_encoding = true;  // its delimiter is missing, but the container's length tells
      }
      pop();
      continue;
    }
    const std::byte* const at = window_.at(position_, 8);
    if (at == nullptr || frame.end - position_ < 8) [[unlikely]]
      return end_of_bytes();
    if (position_ > budget_end_) [[unlikely]] {
      return fail_with(Errc::too_large, format("header is larger than {} MiB (HEADER_LIMIT_MIB)", limit_bytes_ >> 20U));
    }
    Heading heading;
    heading.offset = position_;
    heading.encoding = frame.encoding;
    const bool big = frame.encoding.big_endian;
    heading.tag = load_tag(at, big);
    if (frame.kind > Kind::item || group(heading.tag) == 0xFFFE) [[unlikely]] {
      const Step step = nested(at, heading.tag);
      if (step != Step::go_on) return step;
      continue;
    }
    if (frame.encoding.implicit) {
      heading.length = load<std::uint32_t>(at + 4, big);
    } else {
      heading.vr = load_vr(at + 4);
      heading.length = load<std::uint16_t>(at + 6, big);
      if (has_long_form(heading.vr)) {
        const std::byte* const all = window_.at(position_, 12);
        if (all == nullptr) [[unlikely]] {
          if (window_.error()) return Step::failed;
          // A short length may have been written; but of a heading that is cut, the two bytes that are reserved say 0.
          const bool has_own_end = depth_ > 0 && !frame.undefined;
          const Step step = has_own_end || heading.length != 0 ? past_end(heading) : end_of_bytes();
          if (step != Step::go_on) return step;
          continue;
        }
        heading.size = 12;
        heading.length = load<std::uint32_t>(all + 8, big);
      }
    }
    last_ = heading.tag;
    last_offset_ = position_;
    const std::uint64_t value = heading.value_offset();
    const bool is_plain =
        heading.vr != Vr::none ? heading.vr != Vr::sq && heading.vr != Vr::un : frame.encoding.implicit;
    if (is_plain && heading.length <= frame.end - value && value <= frame.end && !is_pixel_data(heading.tag) &&
        number(heading.tag) != 0 && !(frame.encoding.implicit && begins_item(heading))) [[likely]] {
      leaf(heading);
      position_ = value + heading.length;
      if (heading.length > bulk_bytes) budget_end_ += heading.length;
      if ((heading.length & 1U) != 0) [[unlikely]]
        end_.odd_encoding = true;
      continue;
    }
    const Step step = special(heading);
    if (step != Step::go_on) return step;
  }
}

/// All that is not an ordinary leaf: sequences, undefined lengths, Pixel Data, padding, headings that make no sense.
template <typename Sink>
typename Walk<Sink>::Step Walk<Sink>::special(Heading& heading) {
  const Frame frame = top();
  if (number(heading.tag) == 0 && depth_ == 0 && heading.vr == Vr::none && heading.length == 0) {
    end_.odd_encoding = true;  // zeros after the dataset, as files from tapes and block stores have them
    return Step::finished;
  }
  if (depth_ == 0 && is_pixel_data(heading.tag)) {
    end_.pixel_data = heading;
    end_.offset = heading.value_offset();
    return Step::finished;
  }
  const bool undefined = heading.length == undefined_length;
  const bool implicit = frame.encoding.implicit;
  if (heading.vr == Vr::none && !implicit) return past_end(heading);
  if (undefined) {
    const bool is_pixels = group(heading.tag) == 0x7FE0;
    const bool fragments = is_pixels || one_of(heading.vr, Vr::ob, Vr::ow);
    if (!fragments && !implicit && heading.vr != Vr::sq && heading.vr != Vr::un) return past_end(heading);
    position_ = heading.value_offset();
    if (fragments) {
      leaf(heading);
      return push({.end = frame.end,
                   .tag = heading.tag,
                   .encoding = frame.encoding,
                   .kind = Kind::fragments,
                   .undefined = true});
    }
    sink_.open_sequence(heading, level());
    const Encoding inner = heading.vr == Vr::un ? Encoding{.implicit = true} : frame.encoding;  // PS3.5 §6.2.2 note 2
    return push({.end = frame.end, .tag = heading.tag, .encoding = inner, .kind = Kind::sequence, .undefined = true});
  }
  if (heading.value_offset() > frame.end || heading.length > frame.end - heading.value_offset())
    return past_end(heading);
  const bool unknown = implicit || heading.vr == Vr::un;
  const bool is_sequence =
      heading.vr == Vr::sq || (unknown && begins_item(heading) && dictionary_vr(heading.tag) == Vr::sq);
  position_ = heading.value_offset();
  if (is_sequence) {
    sink_.open_sequence(heading, level());
    const Encoding inner = heading.vr == Vr::un ? Encoding{.implicit = true} : frame.encoding;
    return push({.end = position_ + heading.length,
                 .tag = heading.tag,
                 .encoding = inner,
                 .kind = Kind::sequence,
                 .undefined = false});
  }
  leaf(heading);
  position_ += heading.length;
  if (heading.length > bulk_bytes) budget_end_ += heading.length;
  if ((heading.length & 1U) != 0) end_.odd_encoding = true;
  return Step::go_on;
}

/// Items and delimiters (PS3.5 §7.5), whose headings are the same in every encoding.
template <typename Sink>
typename Walk<Sink>::Step Walk<Sink>::nested(const std::byte* at, Tag tag) {
  Frame& frame = top();
  const std::uint32_t length = load<std::uint32_t>(at + 4, frame.encoding.big_endian);
  const bool within_elements = frame.kind == Kind::dataset || frame.kind == Kind::item;
  if (tag == tags::item && !within_elements) {
    const std::uint64_t value = position_ + 8;
    const bool undefined = length == undefined_length && frame.kind == Kind::sequence;
    if (!undefined && length > frame.end - value) return past_end({.tag = frame.tag, .offset = position_});
    if (frame.kind == Kind::fragments) {
      position_ = value + length;
      if (length > bulk_bytes) budget_end_ += length;
      return Step::go_on;
    }
    sink_.item(position_, frame.encoding, level());
    Encoding encoding = frame.encoding;
    const std::uint64_t end = undefined ? frame.end : value + length;
    // What is implicit stays so, unless it leads nowhere: a length may spell a VR. What is explicit shows it by itself.
    encoding = recognised(value, end, encoding, false, encoding.implicit ? proof_elements : proof_of_another,
                          [&](std::uint64_t offset, std::size_t count) { return window_.at(offset, count); });
    if (encoding != frame.encoding) end_.odd_encoding = true;
    const Tag sequence = frame.tag;
    position_ = value;
    return push({.end = end, .tag = sequence, .encoding = encoding, .kind = Kind::item, .undefined = undefined});
  }
  return bare_tag(tag);
}

template <typename Sink>
typename Walk<Sink>::Step Walk<Sink>::bare_tag(Tag tag) {
  const Kind kind = top().kind;
  const bool in_sequence = kind == Kind::sequence || kind == Kind::fragments;
  if (tag != tags::item && depth_ == 0) {  // one too many: there is nothing that it could end
    end_.odd_encoding = true;
    position_ += 8;
    return Step::go_on;
  }
  if (tag == tags::sequence_end && depth_ > 0) {
    position_ += 8;
    if (kind == Kind::item) {  // the delimiter of the item is missing
      end_.odd_encoding = true;
      if (!top().undefined) return Step::go_on;
      pop();
    }
    if (top().undefined) pop();
    return Step::go_on;
  }
  if (tag == tags::item_end && depth_ > 0) {
    position_ += 8;
    if (kind == Kind::item && top().undefined) {
      pop();
    } else {
      end_.odd_encoding = true;
    }
    return Step::go_on;
  }
  if (in_sequence) {
    return fail_with(Errc::corrupted,
                     format("{} at byte {} is where an item of {} must begin", name(tag), position_, name(top().tag)));
  }
  return fail_with(Errc::corrupted, format("{} at byte {} is outside any sequence", name(tag), position_));
}

/// Fewer bytes are left than a heading needs.
template <typename Sink>
typename Walk<Sink>::Step Walk<Sink>::end_of_bytes() {
  const std::uint64_t size = window_.source_size();
  const std::uint64_t end = std::min(top().end, size);
  if (window_.error()) return Step::failed;
  if (depth_ == 0 && position_ <= size) {
    for (const std::byte byte : window_.up_to(position_, static_cast<std::size_t>(end - position_))) {
      if (byte != std::byte{0}) {
        ran_out_ = true;
        return fail_with(Errc::corrupted, format("file ends inside an element at byte {}", position_));
      }
    }
    if (position_ != size) end_.odd_encoding = true;
    return Step::finished;
  }
  if (end < size) {
    return fail_with(Errc::corrupted,
                     format("an item of {} ends inside an element at byte {}", name(top().tag), position_));
  }
  ran_out_ = true;
  return fail_with(Errc::corrupted, format("file ends inside {} at byte {}", name(depth_ > 0 ? top().tag : last_),
                                           depth_ > 0 ? position_ : last_offset_));
}

/// The heading does not fit its container: read it in another way, or give up.
template <typename Sink>
typename Walk<Sink>::Step Walk<Sink>::past_end(const Heading& heading) {
  const Frame frame = top();
  const bool at_element = frame.kind == Kind::dataset || frame.kind == Kind::item;
  if (at_element && !frame.encoding.implicit && ++other_readings_ <= other_readings_max) {
    std::array<std::byte, 12> around{};
    const ByteView bytes = window_.up_to(heading.offset, around.size());
    std::copy(bytes.begin(), bytes.end(), around.begin());
    const auto other = other_reading(ByteView(around).first(bytes.size()), heading, frame.end,
                                     [&](std::uint64_t at, std::size_t count) { return window_.at(at, count); });
    if (other) {
      end_.odd_encoding = true;
      leaf(*other);
      position_ = other->value_offset() + other->length;
      if (other->length > bulk_bytes) budget_end_ += other->length;
      return Step::go_on;
    }
    if (heading.vr == Vr::none) {
      return fail_with(Errc::corrupted,
                       format("{} at byte {} has no value representation", name(heading.tag), heading.offset));
    }
  }
  if (frame.end >= window_.source_size()) {
    ran_out_ = true;
    return fail_with(Errc::corrupted, format("file ends inside {} at byte {}", name(heading.tag), heading.offset));
  }
  if (!at_element) {
    return fail_with(Errc::corrupted,
                     format("an item at byte {} is longer than its sequence {}", heading.offset, name(frame.tag)));
  }
  return fail_with(Errc::corrupted, format("{} at byte {} is longer than the item of {} that it is in",
                                           name(heading.tag), heading.offset, name(frame.tag)));
}

template <typename Sink>
typename Walk<Sink>::Step Walk<Sink>::push(Frame frame) {
  if (depth_ + 1 >= frames_.size()) {
    return fail_with(Errc::too_deep, format("sequences are nested more than {} deep at byte {}", depth_max, position_));
  }
  frames_[++depth_] = frame;
  return Step::go_on;
}

template <typename Sink>
void Walk<Sink>::pop() {
  const Kind kind = top().kind;
  --depth_;
  if (kind == Kind::item) sink_.close_item(level() - 1);
  if (kind == Kind::sequence) sink_.close_sequence(level());
}

/// What is wrong inside a sequence of known length stays inside: its bytes are kept, and the walk goes on behind it.
template <typename Sink>
bool Walk<Sink>::recover() {
  if (!error_ || error_->code != Errc::corrupted) return false;
  unsigned at = depth_;
  while (at > 0 && (frames_[at].kind != Kind::sequence || frames_[at].undefined)) --at;
  if (at == 0) return false;
  position_ = frames_[at].end;
  depth_ = at - 1;
  sink_.abandon_sequence(level());
  end_.odd_encoding = true;
  error_.reset();
  return true;
}

template <typename Sink>
bool Walk<Sink>::begins_item(const Heading& heading) {
  if (heading.length < 8) return heading.length == undefined_length;
  const std::byte* const value = window_.at(heading.value_offset(), 4);
  return value != nullptr && load_tag(value, heading.encoding.big_endian && heading.vr != Vr::un) == tags::item;
}

}  // namespace dmw::dicom
