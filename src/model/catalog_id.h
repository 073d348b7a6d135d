// The random UUID of the catalog: the name space of event and dead letter ids. Parts are wired together before the
// catalog is open; what they do later with it, they do when it is.
#pragma once

#include <functional>
#include <utility>

#include "base/uuid.h"

namespace dmw {

class CatalogId {
 public:
  CatalogId() = default;
  CatalogId(Uuid id) : id_(id) {}  // NOLINT(google-explicit-constructor): it is one, known already
  /// `known`: asked each time, by any thread, only while the catalog is open.
  explicit CatalogId(std::function<Uuid()> known) : known_(std::move(known)) {}

  operator Uuid() const { return known_ ? known_() : id_; }  // NOLINT(google-explicit-constructor): it is one

 private:
  Uuid id_;
  std::function<Uuid()> known_;
};

}  // namespace dmw
