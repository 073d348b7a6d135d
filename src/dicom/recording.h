// Recording: the sink of a walk that writes down what it meets.
#pragma once

#include <vector>

#include "dicom/header.h"
#include "dicom/walk.h"

namespace dmw::dicom {

class Recording {
 public:
  void leaf(const Heading& heading, unsigned depth) { add(heading, depth, resolved(heading)); }
  void open_sequence(const Heading& heading, unsigned depth) { add(heading, depth, Vr::sq); }
  void item(std::uint64_t offset, Encoding encoding, unsigned depth) {
    elements.push_back({.offset = offset + 8,
                        .tag = tags::item,
                        .depth = static_cast<std::uint8_t>(depth),
                        .big_endian = encoding.big_endian});
  }
  void close_sequence(unsigned /*depth*/) {}
  void abandon_sequence(unsigned depth) {
    while (!elements.empty() && (elements.back().depth > depth || elements.back().tag == tags::item))
      elements.pop_back();
    if (!elements.empty()) elements.back().opaque = true;
  }

  std::vector<Element> elements;

 private:
  /// `UN` of a tag that the dictionary knows is what somebody on the way did not know (PS3.5 §6.2.2).
  static Vr resolved(const Heading& heading) {
    if (heading.vr != Vr::none && heading.vr != Vr::un) return heading.vr;
    const Vr known = dictionary_vr(heading.tag);
    return known == Vr::none ? Vr::un : known;
  }
  void add(const Heading& heading, unsigned depth, Vr vr) {
    elements.push_back({.offset = heading.value_offset(),
                        .length = heading.length,
                        .tag = heading.tag,
                        .vr = vr,
                        .depth = static_cast<std::uint8_t>(depth),
                        .big_endian = heading.encoding.big_endian && heading.vr != Vr::un});
  }
};

/// Puts the elements of every item into the order of their tags and drops repetitions. Cheap when nothing is to be
/// done.
void put_in_order(std::vector<Element>& elements);

}  // namespace dmw::dicom
