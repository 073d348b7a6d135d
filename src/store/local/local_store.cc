#include "store/local/local_store.h"

#include <cerrno>
#include <cstdio>
#include <set>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crash_point.h"
#include "base/format.h"
#include "store/local/flush.h"
#include "store/local/journal.h"
#include "store/local/layout.h"
#include "store/local/object_file.h"
#include "store/local/shards.h"

namespace dmw::store::local {
namespace {

namespace fs = std::filesystem;

/// So many single syncs cost less than one of the whole file system.
constexpr std::size_t single_syncs_max = 4;

class LocalStore final : public ObjectStore {
 public:
  LocalStore(Layout layout, std::set<fs::path> key_directories, DatasetLocator locate, bool ordered_names)
      : layout_(std::move(layout)),
        shards_(std::move(key_directories)),
        locate_(std::move(locate)),
        ordered_names_(ordered_names) {}

  std::vector<Result<Stored>> put(std::span<const Put> items) override;
  std::vector<Result<>> write(std::span<const Document> documents) override;
  Result<> read(const ObjectKey& key, ByteRange range, const ByteSink& sink) override;
  Result<ObjectInfo> stat(const ObjectKey& key) override;
  Result<> remove(const ObjectKey& key) override;
  Result<> list(std::string_view directory, const KeySink& each) override;
  Result<> probe() override;
  std::string uri(std::string_view key) const override;
  Result<std::optional<std::uint64_t>> free_bytes() override;
  std::string store_id() const override { return layout_.store_id(); }

 private:
  std::vector<Result<>> place_all(std::span<const Document> documents, bool durably, Flush& flush);
  Result<> place_document(const Document& document, bool durably, Flush& flush);
  /// The directory of an object that is about to get its name.
  Result<fs::path> directory_for(const fs::path& target, Flush& flush);
  /// What lies in a directory that is not durable becomes a failure, and all of it when the volume is gone.
  template <typename Item, typename T>
  void finish(const Flush& flush, std::span<const Item> items, std::vector<Result<T>>& results);

  Layout layout_;
  Shards shards_;
  DatasetLocator locate_;
  bool ordered_names_;
};

template <typename T>
std::vector<Result<T>> all_failed(std::size_t count, const Error& error) {
  return std::vector<Result<T>>(count, std::unexpected(error));
}

std::vector<Result<Stored>> LocalStore::put(std::span<const Put> items) {
  crash_point("store.before_put");
  if (const Result<> here = layout_.check_volume(); !here) return all_failed<Stored>(items.size(), here.error());
  std::vector<Result<Stored>> results;
  Flush flush(layout_.root(), ordered_names_);
  for (const Put& item : items) {
    results.push_back([&]() -> Result<Stored> {
      const fs::path target = TRY(layout_.path_of(item.key));
      const fs::path directory = TRY(directory_for(target, flush));
      Placement placed = TRY(place(item, target, layout_, locate_));
      flush.named(directory, placed.how != Placed::same);
      return std::move(placed.stored);
    }());
  }
  crash_point("store.after_rename");
  flush.run(single_syncs_max);
  crash_point("store.after_sync");
  finish(flush, items, results);
  return results;
}

template <typename Item, typename T>
void LocalStore::finish(const Flush& flush, std::span<const Item> items, std::vector<Result<T>>& results) {
  for (const fs::path& made : flush.durable_now()) shards_.is_durable(made);
  // Nor was it unmounted meanwhile: then the objects may lie below its mount point.
  const Result<> here = layout_.check_volume();
  for (std::size_t n = 0; n < results.size(); ++n) {
    if (!results[n]) continue;
    if (!here)
      results[n] = std::unexpected(here.error());
    else if (std::optional<Error> why = flush.failure_in(layout_.path_of(items[n].key)->parent_path()))
      results[n] = std::unexpected(*std::move(why));
  }
}

/// Few: each file is flushed before it gets its name. Many: all get their names, then one flush covers files and names;
/// a power cut between the two may leave a document short, and a caller without an answer writes it again. A flush of
/// all that fails says of no document whether it is durable: then each is written again, with its own.
std::vector<Result<>> LocalStore::write(std::span<const Document> documents) {
  if (const Result<> here = layout_.check_volume(); !here) return all_failed<void>(documents.size(), here.error());
  if (documents.size() > single_syncs_max) {
    Flush names(layout_.root(), false);
    std::vector<Result<>> results = place_all(documents, false, names);
    if (sync_file_system(layout_.root())) {
      finish(names, documents, results);
      return results;
    }
  }
  Flush flush(layout_.root(), false);
  std::vector<Result<>> results = place_all(documents, true, flush);
  flush.run(single_syncs_max);
  finish(flush, documents, results);
  return results;
}

std::vector<Result<>> LocalStore::place_all(std::span<const Document> documents, bool durably, Flush& flush) {
  std::vector<Result<>> results;
  for (const Document& document : documents) results.push_back(place_document(document, durably, flush));
  crash_point("store.after_document");
  return results;
}

Result<> LocalStore::place_document(const Document& document, bool durably, Flush& flush) {
  const fs::path target = TRY(layout_.path_of(document.key));
  const fs::path directory = TRY(directory_for(target, flush));
  const fs::path part = layout_.temporary();
  auto placed = [&]() -> Result<> {
    File file = TRY(create_file(part, as_bytes(document.bytes)));
    if (durably) TRY(file.sync());
    return rename_file(part, target);
  }();
  if (!placed) {
    ::unlink(part.c_str());
    return away(std::move(placed.error()));
  }
  flush.named(directory, true);
  return {};
}

Result<fs::path> LocalStore::directory_for(const fs::path& target, Flush& flush) {
  fs::path directory = target.parent_path();
  Result<bool> made = shards_.make(directory);
  if (!made) return away(std::move(made.error()));
  if (*made) flush.made(directory);
  return directory;
}

Result<> LocalStore::read(const ObjectKey& key, ByteRange range, const ByteSink& sink) {
  const fs::path path = TRY(layout_.path_of(key));
  TRY(layout_.check_volume());
  const File file = TRY(open_object(path));
  return read_range(file, range, sink);
}

Result<ObjectInfo> LocalStore::stat(const ObjectKey& key) {
  const fs::path path = TRY(layout_.path_of(key));
  TRY(layout_.check_volume());
  const File file = TRY(open_object(path));
  Result<std::uint64_t> size = file.size();
  if (!size) return away(std::move(size.error()));
  return ObjectInfo{*size};
}

Result<> LocalStore::remove(const ObjectKey& key) {
  const fs::path path = TRY(layout_.path_of(key));
  TRY(layout_.check_volume());
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return away(fail_errno(errno, "unlink an object").error());
  if (Result<> synced = sync_directory(path.parent_path()); !synced) return away(std::move(synced.error()));
  return {};
}

Result<> LocalStore::list(std::string_view directory, const KeySink& each) {
  TRY(layout_.check_volume());
  const fs::path path = TRY(layout_.directory_of(directory));
  std::error_code error;
  fs::directory_iterator entry(path, error);
  if (error == std::errc::no_such_file_or_directory) return {};
  for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
    const ObjectKey key(format("{}/{}", directory, entry->path().filename().string()));
    if (layout_.path_of(key)) TRY(each(key));
  }
  if (error) return away(fail_errno(error.value(), "list " + path.string()).error());
  return {};
}

Result<> LocalStore::probe() {
  TRY(layout_.check_volume());
  const fs::path path = layout_.temporary();
  const std::string_view text = "probe";
  auto probed = [&]() -> Result<> {
    File file = TRY(create_file(path, as_bytes(text)));
    TRY(file.sync());
    if (TRY(read_text(path, text.size())) != text)
      return fail(Errc::unavailable, "the store returns other bytes than were written");
    return {};
  }();
  const bool removed = ::unlink(path.c_str()) == 0;
  if (probed && !removed) probed = fail_errno(errno, "unlink a probe");
  if (probed) return {};
  return away(std::move(probed.error()));
}

std::string LocalStore::uri(std::string_view key) const {
  // RFC 8089 §2 and RFC 3986 §3.3: all characters except unreserved ones and '/' are percent-encoded.
  std::string out = "file://";
  for (const char c : layout_.root().string() + "/" + std::string(key)) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                       c == '.' || c == '_' || c == '~' || c == '/';
    out += plain ? std::string(1, c) : format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Result<std::optional<std::uint64_t>> LocalStore::free_bytes() {
  Result<std::uint64_t> bytes = dmw::free_bytes(layout_.root());
  if (!bytes) return away(std::move(bytes.error()));
  return *bytes;
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> open(const Options& options) {
  ASSERT(options.locate != nullptr);
  if (!options.expected_id.empty()) TRY(Layout::check_there(options.root, options.expected_id));
  std::error_code untold;
  if (!fs::exists(options.root / "store_id", untold) && !untold)
    TRY(check_mounted(options.mounts, options.root, "STORAGE_PATH"));
  Layout layout = TRY(Layout::open(options.root));
  const bool ordered = TRY(keeps_order_of_names(layout.root()));
  std::set<fs::path> there = TRY(layout.key_directories());
  return std::make_unique<LocalStore>(std::move(layout), std::move(there), options.locate, ordered);
}

Result<std::unique_ptr<ObjectStore>> open_to_look(const Options& options) {
  return std::make_unique<LocalStore>(TRY(Layout::look(options.root)), std::set<fs::path>(), options.locate, false);
}

}  // namespace dmw::store::local
