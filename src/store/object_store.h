// ObjectStore: raw bytes under immutable keys. An object is durable before a row of the catalog names it.
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
  std::filesystem::path file;  // stays unchanged: it is the only copy until a row names the key
  std::uint64_t size_bytes = 0;
  Sha256Digest dataset_sha256;
};

/// The result of a put.
struct Stored {
  /// Set if an object with this key existed before, also from an earlier try. It has the dataset of the item. Its bytes
  /// before the dataset may differ, because each receiver writes its own; readers get those of the existing object.
  std::optional<Fingerprint> standing;
};

/// A small object that the program itself writes: a manifest, a mark, the file of a dead letter.
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

  /// Stores the items; returns one result for each, in their order. A success is durable. An existing object with this
  /// dataset is a success, also without the spool file. An existing object whose bytes do not match its key was damaged
  /// by the disk, and is replaced. Errors: corrupted (neither the spool file nor an object is there), and as above.
  virtual std::vector<Result<Stored>> put(std::span<const Put> items) = 0;
  /// Writes the documents durably; returns one result for each, in their order. A reader sees either the old or the new
  /// document. A power cut before the return may leave part of a document: write it again.
  virtual std::vector<Result<>> write(std::span<const Document> documents) = 0;
  /// Reads the range, cut at the end of the object. Errors: those of `sink`, and as above.
  virtual Result<> read(const ObjectKey& key, ByteRange range, const ByteSink& sink) = 0;
  virtual Result<ObjectInfo> stat(const ObjectKey& key) = 0;
  /// Removes the object. A missing object is a success.
  virtual Result<> remove(const ObjectKey& key) = 0;
  /// Lists the keys of one directory (`studies/0af`, `dead-letters`, `marks`). A missing directory has no keys. Objects
  /// that are added or removed during the call may or may not be listed. Errors: invalid (not a directory of keys),
  /// unavailable, those of `each`.
  virtual Result<> list(std::string_view directory, const KeySink& each) = 0;
  /// Writes, reads and removes a small object, to find out whether the store works.
  virtual Result<> probe() = 0;
  /// The address for a reader with access to the store, `file:///…`. Takes a key or a prefix of keys.
  virtual std::string uri(std::string_view key) const = 0;
  /// The free bytes; nothing if the store has no limit.
  virtual Result<std::optional<std::uint64_t>> free_bytes() = 0;
  /// The random identifier that this store got at its first use.
  virtual std::string store_id() const = 0;
};

}  // namespace dmw::store
