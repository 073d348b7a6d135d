#include "inbox/inbox_at_path.h"

#include <utility>

#include "base/log.h"
#include "inbox/identity.h"

namespace dmw::inbox {

Result<std::unique_ptr<Inbox>> Inbox::open(const Options& options, const Clock& clock) {
  Result<std::unique_ptr<SqliteInbox>> inbox = SqliteInbox::open(options, clock);
  if (!inbox) return during(inbox.error(), "the opening of the inbox " + options.directory.string());
  return std::make_unique<InboxAtPath>(options, clock, std::move(*inbox));
}

InboxAtPath::InboxAtPath(const Options& options, const Clock& clock, std::unique_ptr<SqliteInbox> opened)
    : options_(options), clock_(clock), replica_id_(opened->replica_id()), opened_(std::move(opened)) {}

Result<std::shared_ptr<SqliteInbox>> InboxAtPath::opened() const {
  const std::scoped_lock lock(mutex_);
  if (opened_) return opened_;
  return std::unexpected(Error{Errc::unavailable, "the inbox is back, but not open again yet", {why_not_}});
}

bool InboxAtPath::is_here() const {
  const Result<std::optional<Identity>> identity = read_identity(options_.directory);
  return identity && *identity && (*identity)->id == replica_id_;
}

Result<> InboxAtPath::follow() {
  const std::scoped_lock one(following_);
  {
    const std::scoped_lock lock(mutex_);
    if (opened_ && (opened_->present() || !is_here())) return {};
    if (opened_) old_ = std::move(opened_);
  }
  // The old inbox is closed first: a volume never has two open inboxes.
  if (old_.use_count() > 1)
    return fail(Errc::unavailable, "work that began before the inbox disappeared has not ended yet");
  old_.reset();
  if (!is_here()) return {};
  Result<std::unique_ptr<SqliteInbox>> inbox = SqliteInbox::open(options_, clock_);
  const std::scoped_lock lock(mutex_);
  why_not_ = inbox ? "" : inbox.error().message();
  if (!inbox) return {};
  opened_ = std::move(*inbox);
  opened_->on_kept(nudge_);
  log::info("inbox_reopened", "the inbox was mounted again and is open again");
  if (nudge_) nudge_();
  return {};
}

Result<> InboxAtPath::probe() {
  TRY(follow());
  return TRY(opened())->probe();
}

Result<SpoolFile> InboxAtPath::create(std::uint64_t bytes) {
  return TRY(opened())->create(bytes);
}

Result<ScratchFile> InboxAtPath::scratch(std::uint64_t bytes) {
  return TRY(opened())->scratch(bytes);
}

Result<std::int64_t> InboxAtPath::keep(SpoolFile file, Arrival arrival) {
  return TRY(opened())->keep(std::move(file), std::move(arrival));
}

Result<std::vector<SpooledInstance>> InboxAtPath::claim(std::size_t items_max, std::uint64_t bytes_max) {
  return TRY(opened())->claim(items_max, bytes_max);
}

Result<> InboxAtPath::finish(std::span<const SpooledInstance> items) {
  return TRY(opened())->finish(items);
}

Result<> InboxAtPath::postpone(const SpooledInstance& item, std::chrono::milliseconds delay, const Error& why) {
  return TRY(opened())->postpone(item, delay, why);
}

void InboxAtPath::release(std::span<const SpooledInstance> items) {
  if (const Result<std::shared_ptr<SqliteInbox>> inbox = opened()) (*inbox)->release(items);
}

Depth InboxAtPath::depth() const {
  const Result<std::shared_ptr<SqliteInbox>> inbox = opened();
  return inbox ? (*inbox)->depth() : Depth();
}

std::optional<Recovering> InboxAtPath::recovering() const {
  const Result<std::shared_ptr<SqliteInbox>> inbox = opened();
  return inbox ? (*inbox)->recovering() : std::nullopt;
}

Result<> InboxAtPath::intake() const {
  return TRY(opened())->intake();
}

Result<> InboxAtPath::admit() const {
  return TRY(opened())->admit();
}

Result<> InboxAtPath::present() const {
  return TRY(opened())->present();
}

double InboxAtPath::fill() const {
  const Result<std::shared_ptr<SqliteInbox>> inbox = opened();
  return inbox ? (*inbox)->fill() : 1;
}

void InboxAtPath::on_kept(std::function<void()> nudge) {
  const std::scoped_lock lock(mutex_);
  nudge_ = std::move(nudge);
  opened_->on_kept(nudge_);
}

}  // namespace dmw::inbox
