// The random UUID of the catalog: the name space of event and dead letter ids. Parts are created before the catalog is
// open, but use the id only while it is open.
#pragma once

#include <functional>
#include <utility>

#include "base/uuid.h"

namespace dmw {

class CatalogId {
 public:
  CatalogId() = default;
  CatalogId(Uuid id) : id_(id) {}  // NOLINT(google-explicit-constructor): it is one, known already
  /// `known` is called for each use, by any thread, and only while the catalog is open.
  explicit CatalogId(std::function<Uuid()> known) : known_(std::move(known)) {}

  operator Uuid() const { return known_ ? known_() : id_; }  // NOLINT(google-explicit-constructor): it is one

 private:
  Uuid id_;
  std::function<Uuid()> known_;
};

}  // namespace dmw
