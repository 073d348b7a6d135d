#include "inbox/recovery.h"

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <utility>

#include <fcntl.h>

#include "base/crash_point.h"
#include "base/format.h"
#include "base/log.h"
#include "store/fingerprinter.h"

namespace dmw::inbox {
namespace {

constexpr std::size_t files_at_once = 256;
constexpr std::size_t read_bytes = 256U * 1024U;
constexpr std::size_t head_bytes = 64U * 1024U;
constexpr std::size_t sessions_max = 256;
constexpr std::chrono::seconds report_interval{10};

SpoolName name_of(const SpoolEntry& entry) {
  const std::optional<SpoolName> name = parse_spool_name(std::filesystem::path(entry.name).filename().native());
  ASSERT(name);
  return *name;
}

std::unexpected<Error> stopped() {
  return fail(Errc::cancelled, "the recovery of the spool was stopped");
}

}  // namespace

Recovery::Recovery(const Parts& parts, std::vector<SpoolEntry> files, Quarantine quarantine)
    : parts_(parts), files_(std::move(files)), quarantine_(std::move(quarantine)), told_at_(parts_.clock.monotonic()) {
  for (const SpoolEntry& entry : files_) parts_.capacity.add(1, name_of(entry).size_bytes);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Recovery::run(const std::stop_token& stop) {
  if (!files_.empty()) {
    log::info("inbox_recovery",
              format("{} complete instances in the spool are not in inbox.sqlite: they are being read again; new files "
                     "are accepted in the meantime",
                     files_.size()),
              {{"correlation_id", correlation_id_.text()}});
    // A file may be complete only in the page cache of this machine, so it is synced to the disk first.
    for (Result<> synced = sync_file_system(parts_.spool.root()); !synced;
         synced = sync_file_system(parts_.spool.root())) {
      if (!rest(synced.error(), stop)) return;
    }
  }
  for (std::span<const SpoolEntry> left = files_; !left.empty();) {
    const std::span<const SpoolEntry> some = left.first(std::min(left.size(), files_at_once));
    if (!take(some, stop)) return;
    left = left.subspan(some.size());
  }
  quarantine_.tell_rest();
  if (files_.empty()) return;
  log::info("inbox_recovered",
            format("{} instances of the spool are processed again; those that were already catalogued change nothing",
                   files_.size()),
            {{"correlation_id", correlation_id_.text()}});
}

bool Recovery::take(std::span<const SpoolEntry> files, const std::stop_token& stop) {
  std::vector<SpooledInstance> items;
  for (const SpoolEntry& entry : files) {
    crash_point("inbox.before_recovery");
    Result<SpooledInstance> item = read(entry, stop);
    // While the volume is not mounted, files only seem to be missing or broken.
    while (!item && !stop.stop_requested() && !parts_.capacity.present()) {
      if (!rest(item.error(), stop)) return false;
      item = read(entry, stop);
    }
    if (stop.stop_requested()) return false;
    if (item)
      items.push_back(std::move(*item));
    else
      set_aside(entry, item.error());
  }
  return make_rows(std::move(items), stop);
}

Result<SpooledInstance> Recovery::read(const SpoolEntry& entry, const std::stop_token& stop) {
  const SpoolName name = name_of(entry);
  const File file = TRY(File::open(parts_.spool.path_of(entry.name), O_RDONLY | O_NOFOLLOW));
  std::vector<std::byte> buffer(read_bytes);
  std::size_t got = TRY(file.read_at(0, buffer));
  const ByteView head = ByteView(buffer).first(std::min(got, head_bytes));
  SpooledInstance item;
  item.session =
      session_of(parts_.options.calling_ae_of ? parts_.options.calling_ae_of(head) : "", name.correlation_id);
  store::Fingerprinter fingerprinter(parts_.options.locate(head));
  for (std::uint64_t at = 0; got > 0; got = TRY(file.read_at(at, buffer))) {
    if (stop.stop_requested()) return stopped();
    fingerprinter.append(ByteView(buffer).first(got));
    at += got;
  }
  item.fingerprint = fingerprinter.finish();
  if (!is_true_of(name, item.fingerprint)) return fail(Errc::corrupted, "its bytes differ from the digest in its name");
  item.file = entry.name;
  item.replay_of = name.replay_of;
  item.kept_at = entry.written_at;
  if (name.refusal) {
    item.header = Refusal{*name.refusal, "it was refused when it arrived, and the reason was lost with inbox.sqlite"};
  }
  return item;
}

bool Recovery::make_rows(std::vector<SpooledInstance> items, const std::stop_token& stop) {
  while (!items.empty()) {
    std::vector<std::future<Result<std::int64_t>>> rows;
    for (const SpooledInstance& item : items) {
      Change change;
      change.item = {item_values(0, item, item.file.native()), item.session};
      rows.push_back(parts_.committer.submit(std::move(change)));
    }
    std::vector<SpooledInstance> left;
    std::optional<Error> why;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Result<std::int64_t> row = rows[i].get();
      if (row) {
        parts_.claims.settle(*row, {});
        ++done_;
      } else {
        why = row.error();
        left.push_back(std::move(items[i]));
      }
    }
    items = std::move(left);
    tell_progress();
    if (why && !rest(*why, stop)) return false;
  }
  return !stop.stop_requested();
}

bool Recovery::rest(const Error& why, const std::stop_token& stop) {
  if (const std::string telling = why.message(); telling != std::exchange(told_, telling))
    log::warning("inbox_recovery_waits", telling + "; trying again every second");
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
  return !stop.stop_requested();
}

void Recovery::set_aside(const SpoolEntry& entry, const Error& why) {
  quarantine_.take(parts_.spool.path_of(entry.name), why.message());
  parts_.capacity.remove(1, name_of(entry).size_bytes);
  ++done_;
}

void Recovery::tell_progress() {
  if (parts_.clock.monotonic() - told_at_ < report_interval) return;
  told_at_ = parts_.clock.monotonic();
  log::info("inbox_recovery_progress",
            format("{} of {} instances of the spool have been read again", done_.load(), files_.size()));
}

/// One session per sender and correlation id. Only some hundred are remembered; a later file of a forgotten one gets a
/// new session.
const Session& Recovery::session_of(const std::string& calling_ae, const std::optional<Uuid>& correlation_id) {
  const std::pair key(calling_ae, correlation_id.value_or(correlation_id_));
  if (sessions_.size() >= sessions_max && !sessions_.contains(key)) sessions_.clear();
  const auto [found, is_new] = sessions_.try_emplace(key);
  Session& session = found->second;
  if (is_new) {
    session.id = new_session_id();
    session.kind = SessionKind::recovered;
    session.correlation_id = key.second;
    session.source = "recovered";
    session.calling_ae = calling_ae;
    session.started_at = parts_.clock.now();
  }
  return session;
}

}  // namespace dmw::inbox
