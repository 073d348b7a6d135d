#include "inbox/committer.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/crash_point.h"

namespace dmw::inbox {
namespace {

/// Number of sessions without items whose rows are kept, because the next instance of a session often arrives after the
/// previous one has been removed.
constexpr std::uint64_t idle_sessions_max = 1024;

}  // namespace

Committer::Committer(db::Database& database, Claims& claims, std::int64_t last_seq,
                     std::unordered_map<SessionId, std::uint64_t> live, std::function<void(std::int64_t)> on_numbered)
    : database_(database),
      claims_(claims),
      on_numbered_(std::move(on_numbered)),
      last_seq_(last_seq),
      live_(std::move(live)),
      thread_([this] { run(); }) {}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

std::future<Result<std::int64_t>> Committer::submit(Change change) {
  Waiting waiting{std::move(change), {}};
  std::future<Result<std::int64_t>> answer = waiting.answer.get_future();
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(waiting));
  }
  wake_.notify_one();
  return answer;
}

void Committer::run() {
  while (true) {
    std::vector<Waiting> group;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      group.swap(waiting_);
    }
    commit(group);
  }
}

void Committer::commit(std::span<Waiting> group) {
  for (Waiting& one : group) {
    if (!one.change.item) continue;
    one.change.item->values[item_seq_column] = ++last_seq_;
    claims_.expect(last_seq_);
  }
  // A removal takes a number too, so that an earlier copy of the database can be recognised as older.
  const bool removes = std::ranges::any_of(group, [](const Waiting& one) { return !one.change.removals.empty(); });
  if (removes) ++last_seq_;
  const auto seq_of = [](const Waiting& one) {
    return one.change.item ? std::get<std::int64_t>(one.change.item->values[item_seq_column]) : 0;
  };

  const std::vector<SessionId> idle = idle_sessions(group);
  const Result<> written = write(group, idle);
  if (written) {
    count(group, idle);
    const std::int64_t numbered = removes ? last_seq_ : seq_of(*std::ranges::max_element(group, {}, seq_of));
    if (numbered > 0) on_numbered_(numbered);
    for (Waiting& one : group) one.answer.set_value(seq_of(one));
    return;
  }
  for (const Waiting& one : group) claims_.forget(seq_of(one));
  if ((written.error().code == Errc::data || written.error().code == Errc::refused) && group.size() > 1) {
    // If the database refuses one value, the other changes are still committed, one by one.
    for (Waiting& one : group) commit({&one, 1});
    return;
  }
  for (Waiting& one : group) one.answer.set_value(std::unexpected(written.error()));
}

Result<> Committer::write(std::span<Waiting> group, const std::vector<SessionId>& idle) {
  std::vector<Session> sessions;
  std::vector<const db::Values*> items;
  std::vector<std::int64_t> removals;
  std::vector<Postponement> postponements;
  std::vector<std::string> finished;
  bool forget_finished = false;
  std::unordered_set<SessionId> new_sessions;
  for (const Waiting& one : group) {
    if (const auto& item = one.change.item) {
      items.push_back(&item->values);
      const bool known = live_.contains(item->session.id);
      if (!known && new_sessions.insert(item->session.id).second) sessions.push_back(item->session);
    }
    for (const Change::Removal& removal : one.change.removals) removals.push_back(removal.seq);
    finished.insert(finished.end(), one.change.finished.begin(), one.change.finished.end());
    forget_finished = forget_finished || one.change.forget_finished;
    if (one.change.postponement) postponements.push_back(*one.change.postponement);
  }
  const Result<> written = database_.write([&](db::Transaction& transaction) -> Result<> {
    TRY(insert_sessions(transaction, sessions));
    TRY(insert_items(transaction, items));
    TRY(postpone_items(transaction, postponements));
    TRY(delete_items(transaction, removals));
    if (!removals.empty()) TRY(raise_last_seq(transaction, last_seq_));
    if (forget_finished) TRY(delete_finished(transaction));
    TRY(insert_finished(transaction, finished));
    TRY(delete_sessions(transaction, idle));
    crash_point("inbox.before_commit");
    return {};
  });
  crash_point("inbox.after_commit");
  return written;
}

std::vector<SessionId> Committer::idle_sessions(std::span<const Waiting> group) const {
  std::vector<SessionId> idle;
  if (idle_count_ <= idle_sessions_max) return idle;
  for (const auto& [id, items] : live_) {
    const bool needed = std::ranges::any_of(
        group, [&mine = id](const Waiting& one) { return one.change.item && one.change.item->session.id == mine; });
    if (items == 0 && !needed) idle.push_back(id);
  }
  return idle;
}

void Committer::count(std::span<const Waiting> group, const std::vector<SessionId>& idle) {
  for (const SessionId& id : idle) live_.erase(id);
  idle_count_ -= idle.size();
  for (const Waiting& one : group) {
    if (one.change.item) {
      const auto [session, is_new] = live_.try_emplace(one.change.item->session.id, 0);
      if (!is_new && session->second == 0) --idle_count_;
      ++session->second;
    }
    for (const Change::Removal& removal : one.change.removals) {
      const auto session = live_.find(removal.session);
      ASSERT(session != live_.end() && session->second > 0);
      if (--session->second == 0) ++idle_count_;
    }
  }
}

}  // namespace dmw::inbox
