// ObjectStore: raw bytes under immutable keys, durable before anything names them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"
#include "model/object_key.h"
#include "model/spooled_instance.h"

namespace dmw::store {

/// A spool file that becomes an object.
struct Put {
  ObjectKey key;
  std::filesystem::path file;  // stays, and its bytes are not to change: it is the only proof until a row names the key
  std::uint64_t size_bytes = 0;
  Sha256Digest dataset_sha256;
};

/// What stands under the key of an item after its put.
struct Stored {
  /// Of an object that was there already, or that an earlier try put there. It has the dataset of the item; the bytes
  /// before the dataset may be others, since each receiver writes its own: these are the ones that a reader gets.
  std::optional<Fingerprint> standing;
};

/// A small object of our own making (a manifest, the bytes of a dead letter).
struct Document {
  ObjectKey key;
  std::string bytes;
};

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = UINT64_MAX;  // to the end
};

/// Gets the bytes in order; an error of its own ends the read.
using ByteSink = std::function<Result<>(ByteView)>;

/// Gets the keys of a directory, in no order; an error of its own ends the list.
using KeySink = std::function<Result<>(const ObjectKey&)>;

/// Where the dataset of a file begins, from its first bytes (64 KiB, or all). dicom::dataset_offset.
using DatasetLocator = std::function<std::uint64_t(ByteView head)>;

struct ObjectInfo {
  std::uint64_t size_bytes = 0;
};

/// Any thread. Errors: unavailable or full (nothing changed, try again), not_found, corrupted.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// One result an item, durable when it returns. Idempotent: an object that is there already with this dataset is a
  /// success, also when the spool file is gone. One that is there with other bytes than
  /// its key says has rotted: it is replaced. corrupted: the spool file is gone and there is no object either.
  virtual std::vector<Result<Stored>> put(std::span<const Put> items) = 0;
  /// Durable when it returns; replaces what is there in one step, as every reader sees it while the machine runs. Until
  /// it returns, a power cut may leave part of a document: write it again.
  virtual std::vector<Result<>> write(std::span<const Document> documents) = 0;
  virtual Result<> read(const ObjectKey& key, ByteRange range, const ByteSink& sink) = 0;
  virtual Result<ObjectInfo> stat(const ObjectKey& key) = 0;
  /// A missing object is a success.
  virtual Result<> remove(const ObjectKey& key) = 0;
  /// The keys in one directory of keys (`studies/0af`, `dead-letters`, `marks`); none of one that is not there. What
  /// comes or goes meanwhile may be among them or not. Errors: invalid (no directory of keys), unavailable.
  virtual Result<> list(std::string_view directory, const KeySink& each) = 0;
  /// Writes, reads and removes a small object.
  virtual Result<> probe() = 0;
  /// Where a reader with rights to the store finds the object: `file:///…`, `gs://…`. Takes a key or a prefix of keys.
  virtual std::string uri(std::string_view key) const = 0;
  /// Free bytes, or nothing where a store has no such limit.
  virtual Result<std::optional<std::uint64_t>> free_bytes() = 0;
  /// The random identifier that was given to this store when it was first used.
  virtual std::string store_id() const = 0;
};

}  // namespace dmw::store
