// Recording: the sink of a walk that keeps every element.
#pragma once

#include <array>
#include <vector>

#include "dicom/header.h"
#include "dicom/walk.h"

namespace dmw::dicom {

class Recording {
 public:
  /// Only the first `elements_max` elements are kept.
  explicit Recording(std::size_t elements_max) : elements_max_(elements_max) {}

  bool skips(Tag /*tag*/, unsigned /*depth*/) const { return false; }
  void leaf(const Heading& heading, unsigned depth) {
    const Vr vr = resolved(heading);
    add(heading, depth, vr, vr == Vr::sq && heading.length != 0);
  }
  void open_sequence(const Heading& heading, unsigned depth) {
    add(heading, depth, Vr::sq);
    whole_[depth] = begin_[depth] = elements.size();
  }
  void item(std::uint64_t offset, Encoding encoding, unsigned depth) {
    add({.offset = offset + 8,
         .tag = tags::item,
         .depth = static_cast<std::uint8_t>(depth),
         .big_endian = encoding.big_endian});
  }
  void close_item(unsigned depth) { whole_[depth] = elements.size(); }
  void close_sequence(unsigned /*depth*/) {}
  /// Keeps the complete items.
  void abandon_sequence(unsigned depth) {
    if (is_full_) return;
    elements.resize(whole_[depth]);
    elements[begin_[depth] - 1].opaque = whole_[depth] == begin_[depth];
  }

  /// True if there were more elements.
  bool is_full() const { return is_full_; }

  std::vector<Element> elements;

 private:
  /// The VR of the dictionary if it knows a tag with `UN`, which a system on the way did not know (PS3.5 §6.2.2).
  static Vr resolved(const Heading& heading) {
    if (heading.vr != Vr::none && heading.vr != Vr::un) return heading.vr;
    const Vr known = dictionary_vr(heading.tag);
    return known == Vr::none ? Vr::un : known;
  }
  void add(const Heading& heading, unsigned depth, Vr vr, bool opaque = false) {
    add({.offset = heading.value_offset(),
         .length = heading.length,
         .tag = heading.tag,
         .vr = vr,
         .depth = static_cast<std::uint8_t>(depth),
         .big_endian = heading.encoding.big_endian && heading.vr != Vr::un,
         .opaque = opaque});
  }
  void add(const Element& element) {
    is_full_ |= elements.size() == elements_max_;
    if (!is_full_) elements.push_back(element);
  }

  std::size_t elements_max_;
  bool is_full_ = false;
  // By the depth of a sequence: where what it contains begins, and where its last whole item ends. Set
  // by open_sequence().
  std::array<std::size_t, depth_max + 1> begin_;
  std::array<std::size_t, depth_max + 1> whole_;
};

/// Puts the elements of every item into the order of their tags and drops repetitions. Cheap when nothing is to be
/// done.
void put_in_order(std::vector<Element>& elements);

}  // namespace dmw::dicom
