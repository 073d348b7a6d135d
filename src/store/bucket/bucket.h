// Bucket: what the object services of the clouds have in common. One class a service implements it; BucketStore makes a
// store of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "http/client.h"
#include "store/bucket/attempts.h"
#include "store/object_store.h"

namespace dmw::store::bucket {

/// One state of an object, as the service describes it.
struct Standing {
  std::uint64_t size_bytes = 0;
  std::optional<std::uint32_t> crc32c;
  std::string version;  // changes with the bytes: the generation
};

struct Upload {
  std::string name;
  std::string_view content_type;
  std::string study_uid;  // as it stands in keys; empty: of no study
  std::uint64_t size_bytes = 0;
  std::uint32_t crc32c = 0;
  http::ByteSupply supply;  // may be asked again for any offset
  /// The version that must stand under the name; empty: nothing may stand there.
  std::string replaces{};
};

struct Reading {
  std::string name;
  std::string version{};  // only this one; empty: any
  ByteRange range{};
};

/// What the head of an answer says; known before the first byte.
struct ReadHead {
  std::uint64_t size_bytes = 0;         // of the whole object
  std::string version;                  // empty: the server does not say
  std::optional<std::uint32_t> crc32c;  // of the whole object
};

struct Page {
  std::vector<std::string> names;
  std::string next;  // empty: the last page
};

/// Any thread. An error is the server's own word where it is `not_found`, `conflict` (another version stands, or
/// something where nothing may) or `full` (a quota); in every other case it is `unavailable`, or an error of a supply
/// or sink.
class Bucket {
 public:
  virtual ~Bucket() = default;

  /// Returns what the server says that it stored. Errors: also conflict.
  virtual Result<Standing> upload(const Upload& upload, Attempts& attempts) = 0;
  virtual Result<Standing> stat(const std::string& name, Attempts& attempts) = 0;
  /// One try. A range that begins at or behind the end has no bytes. `head` is called once, before `sink`. Errors: also
  /// conflict (another version stands).
  virtual Result<> read(const Reading& reading, const std::function<Result<>(const ReadHead&)>& head,
                        const ByteSink& sink, Attempts& attempts) = 0;
  virtual Result<> remove(const std::string& name, Attempts& attempts) = 0;
  /// Names that begin with `prefix`, without those that have another slash behind it. They rise from page to page.
  virtual Result<Page> list(const std::string& prefix, const std::string& page, Attempts& attempts) = 0;
  /// "gs://raw/…".
  virtual std::string uri(std::string_view name) const = 0;
};

/// An error of a peer as the users of a store see it: its code becomes `unavailable`, its sentence stays.
std::unexpected<Error> away(Error error);

}  // namespace dmw::store::bucket
