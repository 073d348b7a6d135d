// BucketStore: a store in a bucket of an object service. What the services share is here; how one is spoken to is its
// Bucket's.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "store/bucket/bucket.h"
#include "store/bucket/reader.h"
#include "store/object_store.h"

namespace dmw::store::bucket {

struct Options {
  Place place;
  DatasetLocator locate;
  /// The id of the store that must exist; empty: a new store may be created.
  std::string expected_id{};
  /// Objects that are sent at a time. Each takes about 256 KiB of memory, whatever its size.
  std::size_t concurrency = 64;
  /// So long a request is repeated without progress.
  std::chrono::milliseconds no_progress{60'000};
  /// Of a larger file it is asked first whether the object is there.
  std::uint64_t asked_first_bytes = 8U << 20U;
  const Clock& clock;
  /// Requests end when the program stops.
  std::stop_token stop{};
};

/// Opens or creates a store. Errors: unavailable (the bucket, or the store that must exist, is not there), internal
/// (its `store_id` is none).
Result<std::unique_ptr<ObjectStore>> open(std::unique_ptr<Bucket> bucket, const Options& options);

/// Opens a store for lists and reads only; changes nothing. Errors: not_found (no store yet), as above.
Result<std::unique_ptr<ObjectStore>> open_to_look(std::unique_ptr<Bucket> bucket, const Options& options);

}  // namespace dmw::store::bucket
