// CheckedObject: the bytes of one version, read from a store. Each MiB is compared with its checksum before any byte of
// it is handed out, so wrong bytes are never returned.
#pragma once

#include <cstdint>
#include <string>

#include "catalog/studies.h"
#include "dicom/byte_source.h"
#include "http/answer.h"
#include "store/object_store.h"

namespace dmw::api {

/// Copies share the store.
class CheckedObject {
 public:
  CheckedObject(store::ObjectStore& store, const catalog::VersionRow& version)
      : store_(&store), key_(version.key()), size_(version.size_bytes), crcs_(version.chunk_crc32c) {}

  std::uint64_t size() const { return size_; }
  /// Returns the MiB with this number, from 0; the last one may be shorter. Errors: corrupted (the bytes differ from
  /// those that were recorded, or are missing), unavailable.
  Result<std::string> piece(std::uint64_t number) const;
  /// `length` bytes from `offset`, both inside the object.
  http::PulledBody body(std::uint64_t offset, std::uint64_t length) const;

 private:
  store::ObjectStore* store_;
  ObjectKey key_;
  std::uint64_t size_;
  std::string crcs_;
};

/// The same bytes as a ByteSource for a reader of headers. Caches the last piece.
class CheckedSource final : public dicom::ByteSource {
 public:
  explicit CheckedSource(CheckedObject object) : object_(std::move(object)) {}

  std::uint64_t size() const override { return object_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;

 private:
  CheckedObject object_;
  std::optional<std::uint64_t> number_;
  std::string piece_;
};

}  // namespace dmw::api
