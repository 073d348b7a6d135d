#include "store/bucket/reader.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/format.h"
#include "base/uuid.h"

namespace dmw::store::bucket {
namespace {

constexpr std::uint64_t id_bytes_max = 100;

/// One read of a range, over its tries.
class RangedRead {
 public:
  RangedRead(Reading reading, const ByteSink& sink) : reading_(std::move(reading)), sink_(sink) {}

  Result<> try_once(Bucket& bucket, Attempts& attempts) {
    if (taken_ > 0 && reading_.version.empty())
      return fail(Errc::unavailable, "the read was cut, and the server does not say which version it gives");
    Reading rest = reading_;
    rest.range.offset += taken_;
    if (rest.range.length != UINT64_MAX) rest.range.length -= taken_;
    return bucket.read(
        rest, [this](const ReadHead& head) { return see(head); },
        [this, &attempts](ByteView bytes) { return take(bytes, attempts); }, attempts);
  }
  /// The error of the sink, if it ended the read.
  const std::optional<Error>& refused() const { return refused_; }
  bool has_begun() const { return taken_ > 0; }
  Result<> check_whole() const {
    if (!head_ || !head_->crc32c || reading_.range.offset != 0 || taken_ != head_->size_bytes || crc_ == *head_->crc32c)
      return {};
    return fail(Errc::corrupted, "the bytes that the server gave do not fit the CRC32C of the object");
  }

 private:
  Result<> see(const ReadHead& head) {
    if (head_ && (head.version != head_->version || head.size_bytes != head_->size_bytes))
      return fail(Errc::conflict, "the object changed while it was read");
    head_ = head;
    reading_.version = head.version;
    return {};
  }
  Result<> take(ByteView bytes, Attempts& attempts) {
    attempts.progressed();
    crc_ = crc32c(crc_, bytes);
    taken_ += bytes.size();
    const Result<> taken = sink_(bytes);
    if (!taken) refused_ = taken.error();
    return taken;
  }

  Reading reading_;
  const ByteSink& sink_;
  std::optional<ReadHead> head_;
  std::uint64_t taken_ = 0;
  std::uint32_t crc_ = 0;
  std::optional<Error> refused_;
};

}  // namespace

std::unexpected<Error> away(Error error) {
  if (error.code != Errc::cancelled && error.code != Errc::full) error.code = Errc::unavailable;
  return std::unexpected(std::move(error));
}

Result<std::string> read_store_id(Bucket& bucket, const Place& place, Attempts& attempts) {
  std::string text;
  TRY(attempts.run([&](Attempts& tries) -> Result<> {
    text.clear();
    return bucket.read(
        {place.id_name(), {}, {0, id_bytes_max}}, [](const ReadHead&) { return Result<>(); },
        [&](ByteView bytes) -> Result<> {
          text += as_text(bytes);
          return {};
        },
        tries);
  }));
  const std::optional<Uuid> id = Uuid::parse(std::string_view(text).substr(0, text.find('\n')));
  if (!id) return fail(Errc::internal, format("the object store_id in {} holds no identifier of a store", place.shown));
  return id->text();
}

Reader::Reader(Bucket& bucket, Place place, std::string store_id, Patience patience)
    : bucket_(bucket), place_(std::move(place)), store_id_(std::move(store_id)), patience_(std::move(patience)) {}

Result<> Reader::check_store(Attempts& attempts) const {
  const Result<std::string> id = read_store_id(bucket_, place_, attempts);
  if (id && *id == store_id_) return {};
  if (id) return fail(Errc::unavailable, format("{} holds another store ({}) than at the start", place_.shown, *id));
  if (id.error().code == Errc::not_found)
    return fail(Errc::unavailable, format("the object store_id is gone from {}", place_.shown));
  return away(id.error());
}

std::unexpected<Error> Reader::absent(Error said) const {
  Attempts attempts(patience_);
  if (const Result<> store = check_store(attempts); !store) return std::unexpected(store.error());
  return std::unexpected(std::move(said));
}

Result<Standing> Reader::stat(const ObjectKey& key) const {
  Attempts attempts(patience_);
  Result<Standing> standing = bucket_.stat(place_.name(key), attempts);
  if (standing) return standing;
  if (standing.error().code == Errc::not_found) return absent(std::move(standing.error()));
  return away(std::move(standing.error()));
}

Result<> Reader::read(const ObjectKey& key, ByteRange range, const ByteSink& sink, std::string_view version) const {
  if (range.length == 0) {
    TRY(stat(key));
    return {};
  }
  Attempts attempts(patience_);
  RangedRead reading({place_.name(key), std::string(version), range}, sink);
  Result<> read = attempts.run([&](Attempts& tries) { return reading.try_once(bucket_, tries); });
  if (reading.refused()) return std::unexpected(*reading.refused());
  if (read) return reading.check_whole();
  if (read.error().code == Errc::not_found && !reading.has_begun()) return absent(std::move(read.error()));
  return away(std::move(read.error()));
}

}  // namespace dmw::store::bucket
