// Reader: reads objects of one store in a bucket, and finds out whether an object that is missing really is.
#pragma once

#include <string>
#include <string_view>

#include "model/object_key.h"
#include "store/bucket/bucket.h"
#include "store/object_store.h"

namespace dmw::store::bucket {

/// Where the objects of one store lie in a bucket.
struct Place {
  std::string prefix{};  // of every name: empty, or with a slash at its end
  std::string shown;     // for sentences: "bucket raw, prefix ct"

  std::string name(const ObjectKey& key) const { return prefix + key.get(); }
  std::string id_name() const { return prefix + "store_id"; }
};

/// Any thread.
class Reader {
 public:
  /// `store_id`: what the object `store_id` of this store holds. A server is believed that an object is missing only if
  /// it shows this one: a proxy, or a bucket that was made anew, has none.
  Reader(Bucket& bucket, Place place, std::string store_id, Patience patience);

  /// Errors: as ObjectStore::stat.
  Result<Standing> stat(const ObjectKey& key) const;
  /// Goes on after a cut where the server names the version that it gives. Compares the CRC32C if the range is the
  /// whole object. `version`: only this one; empty: any. Errors: as ObjectStore::read.
  Result<> read(const ObjectKey& key, ByteRange range, const ByteSink& sink, std::string_view version = {}) const;
  /// Checks that the store is there. Errors: unavailable.
  Result<> check_store(Attempts& attempts) const;

  const Place& place() const { return place_; }
  const std::string& store_id() const { return store_id_; }

 private:
  std::unexpected<Error> absent(Error said) const;

  Bucket& bucket_;
  const Place place_;
  const std::string store_id_;
  const Patience patience_;
};

/// The content of the object `store_id`. Errors: not_found, unavailable, internal (it holds no identifier).
Result<std::string> read_store_id(Bucket& bucket, const Place& place, Attempts& attempts);

}  // namespace dmw::store::bucket
