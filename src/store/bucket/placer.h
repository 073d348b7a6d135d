// Placer: brings one object into a bucket, and decides what stands there already.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/file.h"
#include "store/bucket/bucket.h"
#include "store/bucket/reader.h"
#include "store/object_store.h"

namespace dmw::store::bucket {

struct PlacerOptions {
  DatasetLocator locate;
  Patience patience;
  /// Of a larger file it is asked first whether the object is there, so that its bytes are not sent in vain.
  std::uint64_t asked_first_bytes = 8U << 20U;
};

/// Any thread.
class Placer {
 public:
  Placer(Bucket& bucket, const Reader& reader, PlacerOptions options);

  /// As ObjectStore::put, of one item.
  Result<Stored> place(const Put& item) const;
  /// As ObjectStore::write, of one document.
  Result<> write(const Document& document);

 private:
  Result<Stored> place_file(const Put& item, const File& file) const;
  Result<Stored> place_missing(const Put& item) const;
  /// Something stands under the name.
  Result<Stored> place_beside(const Put& item, const File& file, Upload upload, const Standing& standing) const;
  Result<Standing> send(const Upload& upload) const;
  /// Reads the object. Nothing: it has other bytes than its key says.
  Result<std::optional<Fingerprint>> print_of(const Put& item, const Standing& standing) const;
  std::string known_version(const std::string& name) const;
  void remember(const std::string& name, const std::string& version);

  Bucket& bucket_;
  const Reader& reader_;
  const PlacerOptions options_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> versions_;  // of documents that were written lately
};

}  // namespace dmw::store::bucket
