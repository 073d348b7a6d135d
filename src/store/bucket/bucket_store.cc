#include "store/bucket/bucket_store.h"

#include <atomic>
#include <map>
#include <semaphore>
#include <utility>

#include "base/crash_point.h"
#include "base/digest.h"
#include "base/format.h"
#include "base/uuid.h"
#include "store/bucket/in_parallel.h"
#include "store/bucket/placer.h"
#include "store/key_form.h"

namespace dmw::store::bucket {
namespace {

using namespace std::chrono_literals;

constexpr int empty_pages_max = 100;

Patience patience_of(const Options& options, std::chrono::milliseconds no_progress) {
  return {options.clock, no_progress, options.stop};
}

/// A small object that belongs to no key.
Upload small_object(std::string name, const std::string& bytes) {
  return {.name = std::move(name),
          .content_type = "text/plain",
          .study_uid = {},
          .size_bytes = bytes.size(),
          .crc32c = crc32c(0, as_bytes(bytes)),
          .supply = [&bytes](std::uint64_t offset, std::span<std::byte> into) -> Result<std::size_t> {
            return bytes.copy(reinterpret_cast<char*>(into.data()), into.size(), static_cast<std::size_t>(offset));
          }};
}

class BucketStore final : public ObjectStore {
 public:
  BucketStore(std::unique_ptr<Bucket> bucket, const Options& options, std::string store_id)
      : options_(options),
        bucket_(std::move(bucket)),
        reader_(*bucket_, options.place, std::move(store_id), patience_of(options, options.no_progress)),
        placer_(*bucket_, reader_,
                {options.locate, patience_of(options, options.no_progress), options.asked_first_bytes}),
        seats_(static_cast<std::ptrdiff_t>(options.concurrency)) {}

  std::vector<Result<Stored>> put(std::span<const Put> items) override;
  std::vector<Result<>> write(std::span<const Document> documents) override;
  Result<> read(const ObjectKey& key, ByteRange range, const ByteSink& sink) override;
  Result<ObjectInfo> stat(const ObjectKey& key) override;
  Result<> remove(const ObjectKey& key) override;
  Result<> list(std::string_view directory, const KeySink& each) override;
  Result<> probe() override;
  std::string uri(std::string_view key) const override {
    return bucket_->uri(options_.place.prefix + std::string(key));
  }
  Result<std::optional<std::uint64_t>> free_bytes() override { return std::nullopt; }
  std::string store_id() const override { return reader_.store_id(); }

 private:
  /// Does `each` for every item: those of one key in their order, the others at once.
  template <typename T, typename Item, typename Each>
  std::vector<Result<T>> for_each_key(std::span<const Item> items, const Each& each);
  Result<> write_probe(Attempts& attempts);

  const Options options_;
  const std::unique_ptr<Bucket> bucket_;
  const Reader reader_;
  Placer placer_;
  std::counting_semaphore<> seats_;  // of uploads
  /// At the start and after a failure a probe writes too. Otherwise it only reads: a service bills each write, and a
  /// bucket with a retention policy keeps what was written.
  std::atomic<bool> writes_are_in_doubt_ = true;
};

template <typename T, typename Item, typename Each>
std::vector<Result<T>> BucketStore::for_each_key(std::span<const Item> items, const Each& each) {
  std::map<std::string_view, std::vector<std::size_t>> by_key;
  for (std::size_t n = 0; n < items.size(); ++n) by_key[items[n].key.get()].push_back(n);
  std::vector<const std::vector<std::size_t>*> groups;
  for (const auto& [key, numbers] : by_key) groups.push_back(&numbers);
  std::vector<Result<T>> results(items.size(), fail(Errc::cancelled, "not begun"));
  in_parallel(groups.size(), options_.concurrency, [&](std::size_t group) {
    for (const std::size_t n : *groups[group]) {
      seats_.acquire();
      results[n] = each(items[n]);
      seats_.release();
      if (!results[n] && (results[n].error().code == Errc::unavailable || results[n].error().code == Errc::full))
        writes_are_in_doubt_ = true;
    }
  });
  return results;
}

std::vector<Result<Stored>> BucketStore::put(std::span<const Put> items) {
  crash_point("store.before_put");
  return for_each_key<Stored>(items, [this](const Put& item) { return placer_.place(item); });
}

std::vector<Result<>> BucketStore::write(std::span<const Document> documents) {
  return for_each_key<void>(documents, [this](const Document& document) { return placer_.write(document); });
}

Result<> BucketStore::read(const ObjectKey& key, ByteRange range, const ByteSink& sink) {
  TRY(check_key(key));
  return reader_.read(key, range, sink);
}

Result<ObjectInfo> BucketStore::stat(const ObjectKey& key) {
  TRY(check_key(key));
  return ObjectInfo{TRY(reader_.stat(key)).size_bytes};
}

Result<> BucketStore::remove(const ObjectKey& key) {
  TRY(check_key(key));
  Attempts attempts(patience_of(options_, options_.no_progress));
  const Result<> removed = bucket_->remove(options_.place.name(key), attempts);
  if (removed) return {};
  if (removed.error().code != Errc::not_found) return away(removed.error());
  return reader_.check_store(attempts);
}

Result<> BucketStore::list(std::string_view directory, const KeySink& each) {
  TRY(check_directory(directory));
  const std::string prefix = format("{}{}/", options_.place.prefix, directory);
  std::string last;
  std::string token;
  int empty_pages = 0;
  do {
    Attempts attempts(patience_of(options_, options_.no_progress));
    Result<Page> page = bucket_->list(prefix, token, attempts);
    if (!page) return away(std::move(page.error()));
    for (std::string& name : page->names) {
      if (!name.starts_with(prefix) || name <= last)
        return fail(Errc::unavailable, "the server lists names that were not asked for, or in no order");
      const ObjectKey key(name.substr(options_.place.prefix.size()));
      last = std::move(name);
      if (check_key(key)) TRY(each(key));
    }
    // Names rise, so pages that have some come to an end.
    empty_pages = page->names.empty() ? empty_pages + 1 : 0;
    if (empty_pages > empty_pages_max) return fail(Errc::unavailable, "the server gives a list without an end");
    token = std::move(page->next);
  } while (!token.empty());
  return {};
}

Result<> BucketStore::probe() {
  Attempts once(patience_of(options_, 0ms));
  TRY(reader_.check_store(once));
  if (!writes_are_in_doubt_.exchange(false)) return {};
  Result<> written = write_probe(once);
  if (!written) writes_are_in_doubt_ = true;
  return written;
}

Result<> BucketStore::write_probe(Attempts& attempts) {
  const std::string name = options_.place.prefix + "tmp/probe-" + Uuid::random().text();
  const std::string bytes = "probe";
  const Result<Standing> written = bucket_->upload(small_object(name, bytes), attempts);
  if (!written) return away(written.error());
  if (written->size_bytes != bytes.size())
    return fail(Errc::unavailable, "the server stores other bytes than were sent");
  // A bucket with a retention policy, or a role without the right to delete, stores all the same.
  (void)bucket_->remove(name, attempts);
  return {};
}

/// Creates the object `store_id`, or reads the one that another replica created meanwhile.
Result<std::string> create_store_id(Bucket& bucket, const Options& options, Attempts& attempts) {
  std::string id = Uuid::random().text();
  const Result<Standing> made = bucket.upload(small_object(options.place.id_name(), id), attempts);
  if (made) return id;
  if (made.error().code != Errc::conflict) return away(made.error());
  return read_store_id(bucket, options.place, attempts);
}

Result<std::string> identity_of(Bucket& bucket, const Options& options) {
  Attempts attempts(patience_of(options, 0ms));
  Result<std::string> id = read_store_id(bucket, options.place, attempts);
  if (id || id.error().code == Errc::internal) return id;
  if (id.error().code != Errc::not_found) return away(std::move(id.error()));
  if (!options.expected_id.empty())
    return fail(Errc::unavailable, format("there is no store in {}, and the catalog belongs to store {}: name the "
                                          "bucket and the prefix of that store",
                                          options.place.shown, options.expected_id));
  return create_store_id(bucket, options, attempts);
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> open(std::unique_ptr<Bucket> bucket, const Options& options) {
  ASSERT(options.locate != nullptr && options.concurrency > 0);
  std::string id = TRY(identity_of(*bucket, options));
  return std::make_unique<BucketStore>(std::move(bucket), options, std::move(id));
}

Result<std::unique_ptr<ObjectStore>> open_to_look(std::unique_ptr<Bucket> bucket, const Options& options) {
  Attempts attempts(patience_of(options, 0ms));
  Result<std::string> id = read_store_id(*bucket, options.place, attempts);
  if (!id && id.error().code != Errc::not_found && id.error().code != Errc::internal)
    return away(std::move(id.error()));
  return std::make_unique<BucketStore>(std::move(bucket), options, TRY(std::move(id)));
}

}  // namespace dmw::store::bucket
