#include "care/store_copy.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "catalog/named_objects.h"
#include "dicom/part10.h"
#include "store/fingerprinter.h"
#include "store/shards.h"

namespace dmw::care {
namespace {

bool is_manifest(const ObjectKey& key) {
  return parse_manifest_key(key).has_value();
}

Result<std::vector<ObjectKey>> keys_in(store::ObjectStore& store, const std::string& directory) {
  std::vector<ObjectKey> keys;
  TRY(store.list(directory, [&](const ObjectKey& key) -> Result<> {
    keys.push_back(key);
    return {};
  }));
  return keys;
}

/// Finds the digest of a data set while the bytes of its file go by.
class PassingDataset {
 public:
  void append(ByteView bytes) {
    if (print_) return print_->append(bytes);
    head_ += as_text(bytes);
    if (head_.size() >= dicom::head_limit_bytes) begin();
  }
  Sha256Digest digest() {
    if (!print_) begin();
    return print_->finish().dataset_sha256;
  }

 private:
  void begin() {
    const ByteView bytes = as_bytes(head_);
    print_.emplace(dicom::dataset_offset(bytes.first(std::min(bytes.size(), dicom::head_limit_bytes))));
    print_->append(bytes);
    head_.clear();
  }

  std::string head_;  // until the data set is found
  std::optional<store::Fingerprinter> print_;
};

}  // namespace

std::optional<store::Mark> mark_ahead(const catalog::CatalogStanding& copied, const catalog::CatalogStanding& now) {
  const bool moved = now.position != copied.position || now.turn != copied.turn ||
                     now.settler_epoch != copied.settler_epoch || now.newest_version != copied.newest_version;
  if (!moved || !now.catalog_id) return std::nullopt;
  return store::Mark{.catalog_id = *now.catalog_id,
                     .epoch = now.settler_epoch,
                     .position = now.position,
                     .turn = std::max(now.turn, copied.turn + 1)};
}

Result<StoreCopied> StoreCopy::objects() {
  const auto identity = [&](const CopiedFolder::Sink& sink) { return sink(as_bytes(parts_.store.store_id())); };
  TRY(parts_.into.list(TRY(parts_.into.write(parts_.below / "store_id", identity))));
  TRY(copy_directory("dead-letters"));
  for (int shard = 0; shard < store::shard_count; ++shard) TRY(copy_directory(store::shard_directory(shard)));
  return copied_;
}

/// The manifests first: their objects were written before them. An object that disappears meanwhile was erased, and its
/// tombstone was written before that: so the directory is gone through until there is nothing new.
Result<> StoreCopy::copy_directory(const std::string& directory) {
  std::set<ObjectKey> done;
  std::set<ObjectKey> gone;
  for (bool news = true; news;) {
    news = false;
    for (const bool manifests : {true, false}) {
      for (const ObjectKey& key : TRY(keys_in(parts_.store, directory))) {
        if (is_manifest(key) != manifests || done.contains(key)) continue;
        news = true;
        if (TRY(copy(key))) {
          done.insert(key);
        } else if (!gone.insert(key).second) {
          leave_out(key, Error{Errc::not_found, "it is listed, but cannot be opened", {}});
          done.insert(key);
        }
      }
    }
  }
  parts_.on_progress(copied_);
  return {};
}

/// False: it is not there any more.
Result<bool> StoreCopy::copy(const ObjectKey& key) {
  std::optional<Error> not_written;
  std::optional<PassingDataset> dataset;
  if (is_instance_key(key)) dataset.emplace();
  const auto read = [&](const CopiedFolder::Sink& sink) {
    return parts_.store.read(key, {}, [&](ByteView bytes) -> Result<> {
      if (dataset) dataset->append(bytes);
      Result<> written = sink(bytes);
      if (!written) not_written = written.error();
      return written;
    });
  };
  const Result<CopiedFolder::File> file = parts_.into.write(parts_.below / key.get(), read);
  if (file) {
    ++copied_.objects;
    copied_.bytes += file->size_bytes;
    if (dataset && !names_dataset(key, dataset->digest())) {
      ++copied_.rotten;
      parts_.on_rotten(key);
    }
    TRY(parts_.into.list(*file));
    return true;
  }
  if (not_written || file.error().code == Errc::full) return std::unexpected(not_written.value_or(file.error()));
  if (file.error().code == Errc::not_found) return false;
  leave_out(key, file.error());
  return true;
}

void StoreCopy::leave_out(const ObjectKey& key, const Error& why) {
  ++copied_.unreadable;
  parts_.on_unreadable(key, why);
}

Result<NotThere> find_missing(db::Database& catalog, store::ObjectStore& store, std::int64_t last_version,
                              const std::function<void(const ObjectKey&)>& on_missing) {
  constexpr std::size_t page_max = 1'000;
  NotThere found;
  std::int64_t after = 0;
  while (true) {
    const auto page = TRY(catalog::named_objects(catalog, after, last_version, page_max));
    for (const catalog::NamedObject& object : page) {
      after = object.version_id;
      if (!object.key) {
        ++found.unnamed;
        continue;
      }
      const Result<store::ObjectInfo> there = store.stat(*object.key);
      if (there) continue;
      if (there.error().code != Errc::not_found) {
        ++found.unreadable;
        continue;
      }
      // The rows of a study that is erased go before its objects.
      if (TRY(catalog::named_objects(catalog, after - 1, after, 1)).empty()) continue;
      ++found.missing;
      on_missing(*object.key);
    }
    if (page.size() < page_max) return found;
  }
}

Result<> StoreCopy::marks(const std::optional<store::Mark>& ahead) {
  std::optional<store::Document> document;
  if (ahead) {
    // Only the settler knows which events have left the catalog by now.
    store::Mark mark = *ahead;
    if (const store::Marks there = TRY(store::read_marks(parts_.store)); there.newest)
      mark.delivered = there.newest->delivered;
    document = store::document_of(mark);
  }
  for (const ObjectKey& key : TRY(keys_in(parts_.store, "marks"))) {
    if (!document || key != document->key) TRY(copy(key));
  }
  if (!document) return {};
  const auto text = [&](const CopiedFolder::Sink& sink) { return sink(as_bytes(document->bytes)); };
  return parts_.into.list(TRY(parts_.into.write(parts_.below / document->key.get(), text)));
}

}  // namespace dmw::care
