#include "care/stored_object.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "dicom/part10.h"
#include "store/fingerprinter.h"

namespace dmw::care {
namespace {

constexpr std::uint64_t chunk_bytes = 1U << 20U;

Result<std::string> read_piece(store::ObjectStore& store, const ObjectKey& key, store::ByteRange range) {
  std::string bytes;
  TRY(store.read(key, range, [&](ByteView view) -> Result<> {
    bytes += as_text(view);
    return {};
  }));
  return bytes;
}

/// The bytes of an object for the header reader. Keeps the last MiB.
class ObjectSource final : public dicom::ByteSource {
 public:
  ObjectSource(store::ObjectStore& store, const ObjectKey& key, std::uint64_t size)
      : store_(store), key_(key), size_(size) {}

  std::uint64_t size() const override { return size_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    std::size_t done = 0;
    while (done < into.size() && offset + done < size_) {
      const std::uint64_t at = offset + done;
      if (piece_.empty() || at / chunk_bytes != number_) {
        number_ = at / chunk_bytes;
        piece_ = TRY(read_piece(store_, key_, {number_ * chunk_bytes, chunk_bytes}));
      }
      const std::size_t from = static_cast<std::size_t>(at % chunk_bytes);
      if (from >= piece_.size()) break;
      const std::size_t some = std::min(into.size() - done, piece_.size() - from);
      std::memcpy(into.data() + done, piece_.data() + from, some);
      done += some;
    }
    return done;
  }

 private:
  store::ObjectStore& store_;
  const ObjectKey& key_;
  const std::uint64_t size_;
  std::uint64_t number_ = 0;
  std::string piece_;
};

Result<Fingerprint> fingerprint_of(store::ObjectStore& store, const ObjectKey& key, std::uint64_t size) {
  std::optional<store::Fingerprinter> fingerprinter;
  for (std::uint64_t at = 0; at < size; at += chunk_bytes) {
    const std::string piece = TRY(read_piece(store, key, {at, chunk_bytes}));
    if (piece.size() != std::min(chunk_bytes, size - at)) return fail(Errc::corrupted, key.get() + " ends early");
    const ByteView bytes = as_bytes(piece);
    if (!fingerprinter)
      fingerprinter.emplace(dicom::dataset_offset(bytes.first(std::min(bytes.size(), dicom::head_limit_bytes))));
    fingerprinter->append(bytes);
  }
  if (!fingerprinter) fingerprinter.emplace(0);
  return fingerprinter->finish();
}

}  // namespace

Result<SpooledInstance> read_stored_object(store::ObjectStore& store, const ObjectKey& key,
                                           const dicom::ReadOptions& options) {
  SpooledInstance item;
  const std::uint64_t size = TRY(store.stat(key)).size_bytes;
  item.fingerprint = TRY(fingerprint_of(store, key, size));
  ObjectSource source(store, key, size);
  item.header = TRY(dicom::read_attributes(source, options));
  if (key_of(item) != key) return fail(Errc::corrupted, key.get() + " does not have the bytes that its name promises");
  return item;
}

}  // namespace dmw::care
