#include "inbox/sqlite_inbox.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include "base/crash_point.h"
#include "base/log.h"
#include "base/own_storage.h"

namespace dmw::inbox {
namespace {

constexpr std::string_view our_name = "the inbox";
/// A longer wait is due to a clock that was set back, and is ignored.
constexpr std::chrono::hours postponement_max{1};

/// Number of removals that are remembered until their files are certainly removed from the disk.
constexpr std::uint64_t finished_max = 4096;

}  // namespace

SqliteInbox::~SqliteInbox() {
  if (!committer_) return;  // open() failed in the middle, so no clean end is recorded
  recovery_.reset();
  committer_.reset();
  const Result<> marked =
      database_->write([](db::Transaction& transaction) { return set_meta(transaction, "clean", "yes"); });
  if (!marked) log::warning("inbox_not_marked", marked.error().message());
}

Result<SpoolFile> SqliteInbox::create(std::uint64_t bytes) {
  TRY(capacity_->admit(bytes));
  return own_storage(spool_->create(options_.locate, Room(capacity_)), our_name);
}

Result<ScratchFile> SqliteInbox::scratch(std::uint64_t bytes) {
  TRY(capacity_->admit(bytes));
  return ScratchFile(TRY(own_storage(spool_->nameless(), our_name)), Room(capacity_));
}

Result<std::int64_t> SqliteInbox::keep(SpoolFile file, Arrival arrival) {
  TRY(file.finish());
  SpooledInstance item;
  item.fingerprint = file.fingerprint();
  item.session = std::move(arrival.session);
  item.header = std::move(arrival.header);
  item.origin_resource = std::move(arrival.origin_resource);
  item.origin_tag = std::move(arrival.origin_tag);
  item.replay_of = arrival.replay_of;
  item.kept_at = clock_.now();

  // The final name marks the file as complete, and one fsync makes both durable. If the row is lost, the file and its
  // name are enough to create it again.
  TRY(own_storage(spool_->name_whole(file, item.header, item.replay_of, item.session.correlation_id), our_name));
  item.file = spool_->name_of(file.name_.path());

  // The row and the file are written at the same time, and the item counts only when both are on disk.
  Change change;
  change.item = {item_values(0, item, item.file.native()), item.session};
  std::future<Result<std::int64_t>> row = committer_->submit(std::move(change));
  Result<> durable = own_storage(spool_->make_durable(file), our_name);
  // If the volume was unmounted since the file was created, the file is in a place where it would not be found.
  if (durable) durable = capacity_->present();
  crash_point("inbox.between_fsync_and_row");
  const std::int64_t seq = TRY(own_storage(row.get(), our_name));
  if (!durable) {
    const Result<> removed = remove_row(seq, item.session.id);
    if (!removed) log::error("inbox_row_left", removed.error().message(), {{"seq", seq}});
    return std::unexpected(durable.error());
  }
  file.name_.release();
  file.room_.keep();
  item.seq = seq;
  fresh_.add({.item = std::move(item)});
  claims_.settle(seq, std::move(arrival.finished));
  if (nudge_) nudge_();
  return seq;
}

Result<> SqliteInbox::remove_row(std::int64_t seq, const SessionId& session) {
  Change change;
  change.removals.push_back({seq, session});
  const Result<std::int64_t> removed = committer_->submit(std::move(change)).get();
  if (!removed)
    return std::unexpected(removed.error());  // it stays unsettled, so it is not claimed before the next start
  // A concurrent claim that has read the row before its removal must still find the item unsettled.
  const std::lock_guard lock(claim_mutex_);
  claims_.forget(seq);
  return {};
}

struct SqliteInbox::Batch {
  std::size_t items_max;
  std::uint64_t bytes_max;
  Monotonic now;
  MicrosUtc wall_now;
  std::vector<SpooledInstance> items;
  std::uint64_t bytes = 0;
  bool closed = false;

  /// A single item always fits, whatever its size.
  bool fits(std::uint64_t size) const {
    return !closed && items.size() < items_max && (items.empty() || (bytes <= bytes_max && size <= bytes_max - bytes));
  }
  std::size_t room() const { return closed ? 0 : items_max - items.size(); }
};

Result<std::vector<SpooledInstance>> SqliteInbox::claim(std::size_t items_max, std::uint64_t bytes_max) {
  const std::lock_guard lock(claim_mutex_);
  Batch batch{items_max, bytes_max, clock_.monotonic(), clock_.now(), {}};
  Result<> claimed = claim_returned(batch);
  if (claimed) claimed = claim_next(batch);
  if (!claimed) {
    release(batch.items);
    return std::unexpected(claimed.error());
  }
  return std::move(batch.items);
}

Result<> SqliteInbox::claim_returned(Batch& batch) {
  const std::vector<std::int64_t> seqs = claims_.due(batch.now, batch.room());
  if (seqs.empty()) return {};
  std::map<std::int64_t, StoredItem> items = TRY(load(seqs));
  for (auto& [seq, stored] : items) {
    stored.not_before = 0;  // due() has checked it already, with the monotonic clock
    if (!take(stored, batch)) fresh_.add(std::move(stored));
  }
  return {};
}

Result<> SqliteInbox::claim_next(Batch& batch) {
  while (batch.room() > 0) {
    const std::size_t wanted = batch.room();
    const std::vector<std::int64_t> seqs = TRY(seqs_after(*database_, claims_.watermark(), wanted));
    std::map<std::int64_t, StoredItem> items = TRY(load(claims_.settled(seqs)));
    for (const std::int64_t seq : seqs) {
      const auto found = items.find(seq);
      if (batch.closed) {
        if (found != items.end()) fresh_.add(std::move(found->second));
      } else if (found == items.end()) {
        claims_.pass_over(seq);
      } else if (!take(found->second, batch)) {
        fresh_.add(std::move(found->second));
      }
    }
    if (seqs.size() < wanted) return {};
  }
  return {};
}

Result<std::map<std::int64_t, StoredItem>> SqliteInbox::load(std::span<const std::int64_t> seqs) {
  std::map<std::int64_t, StoredItem> items;
  std::vector<std::int64_t> unknown;
  for (const std::int64_t seq : seqs) {
    if (std::optional<StoredItem> fresh = fresh_.take(seq))
      items.emplace(seq, *std::move(fresh));
    else
      unknown.push_back(seq);
  }
  for (StoredItem& stored : TRY(items_of(*database_, unknown))) items.emplace(stored.item.seq, std::move(stored));
  return items;
}

/// Returns false if the batch is full; the item is then unchanged.
bool SqliteInbox::take(StoredItem& stored, Batch& batch) {
  SpooledInstance& item = stored.item;
  if (!batch.fits(item.fingerprint.size_bytes)) {
    batch.closed = true;
    return false;
  }
  const auto wait = std::min<std::chrono::microseconds>(std::chrono::microseconds(stored.not_before - batch.wall_now),
                                                        postponement_max);
  if (!claims_.take(item.seq, batch.now + std::max(wait, std::chrono::microseconds(0)), batch.now)) return true;
  item.file = spool_->path_of(item.file.string());
  item.survived_unclean_end = item.seq <= unclean_seq_;
  batch.bytes += item.fingerprint.size_bytes;
  batch.items.push_back(std::move(item));
  return true;
}

Result<> SqliteInbox::finish(std::span<const SpooledInstance> items) {
  std::vector<std::function<void()>> callbacks;
  TRY(finish(items, callbacks));
  for (const std::function<void()>& callback : callbacks) callback();
  return {};
}

Result<> SqliteInbox::finish(std::span<const SpooledInstance> items, std::vector<std::function<void()>>& callbacks) {
  const std::lock_guard lock(finish_mutex_);
  Change change;
  std::vector<const SpooledInstance*> finished;
  for (const SpooledInstance& item : items) {
    if (!claims_.is_claimed(item.seq)) continue;
    finished.push_back(&item);
    change.removals.push_back({item.seq, item.session.id});
    change.finished.emplace_back(stem_of(spool_->name_of(item.file)));
  }
  if (finished.empty()) return {};
  crash_point("inbox.before_finish");
  // The same transaction notes which files may be removed. Otherwise the next start would read a file without a row
  // again.
  const Result<std::int64_t> removed = committer_->submit(std::move(change)).get();
  if (!removed) return std::unexpected(removed.error());
  crash_point("inbox.after_finish");
  for (const SpooledInstance* item : finished) {
    ::unlink(item->file.c_str());
    capacity_->remove(1, item->fingerprint.size_bytes);
    if (std::function<void()> callback = claims_.finish(item->seq)) callbacks.push_back(std::move(callback));
  }
  finished_count_ += finished.size();
  if (finished_count_ >= finished_max) forget_finished();
  return {};
}

void SqliteInbox::forget_finished() {
  finished_count_ = 0;
  Result<> done = spool_->sync_names();
  if (done) {
    Change change;
    change.forget_finished = true;
    const Result<std::int64_t> forgotten = committer_->submit(std::move(change)).get();
    if (!forgotten) done = std::unexpected(forgotten.error());
  }
  // The next call removes these notes, too.
  if (!done) log::warning("inbox_not_tidied", done.error().message());
}

Result<> SqliteInbox::postpone(const SpooledInstance& item, std::chrono::milliseconds delay, const Error& why) {
  if (!claims_.is_claimed(item.seq)) return {};  // it was claimed before the inbox was opened again
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(delay);
  Change change;
  change.postponement = {item.seq, clock_.now() + micros.count(), why.message()};
  const Result<std::int64_t> written = committer_->submit(std::move(change)).get();
  if (!written) return std::unexpected(written.error());
  claims_.give_back(item.seq, clock_.monotonic() + delay);
  return {};
}

void SqliteInbox::release(std::span<const SpooledInstance> items) {
  for (const SpooledInstance& item : items) claims_.give_back(item.seq, Monotonic::min());
}

Result<> SqliteInbox::probe() {
  TRY(intake());
  const auto probed = [&]() -> Result<> {
    File file = TRY(spool_->nameless());
    TRY(file.write_all(as_bytes("probe")));
    TRY(file.sync());
    return database_->write([](db::Transaction& transaction) { return set_meta(transaction, "probed", "yes"); });
  };
  return own_storage(probed(), our_name);
}

Depth SqliteInbox::depth() const {
  Depth depth{capacity_->items(), capacity_->bytes(), std::nullopt};
  if (depth.items > 0) depth.oldest_kept_at = oldest_kept_at(*database_).value_or(std::nullopt);
  return depth;
}

std::optional<Recovering> SqliteInbox::recovering() const {
  const Recovering progress = recovery_->progress();
  return progress.done < progress.all ? std::optional(progress) : std::nullopt;
}

}  // namespace dmw::inbox
