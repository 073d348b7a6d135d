#include "api/wait_desk.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/log.h"

namespace dmw::api {

WaitDesk::WaitDesk(db::Database& database, const Clock& clock, Options options)
    : requests_(database), clock_(clock), options_(options), thread_([this] { run(); }) {}

WaitDesk::~WaitDesk() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
  dismiss(true);
}

void WaitDesk::wait(Acceptance acceptance, std::chrono::milliseconds patience, http::Responder responder) {
  const Monotonic now = clock_.monotonic();
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_ < options_.waiters_max && !stopping_) {
      auto gone = std::make_shared<std::atomic<bool>>(false);
      responder.wait([gone] { *gone = true; });
      std::string id = acceptance.request_id.text();
      waiters_[std::move(id)].push_back({std::move(acceptance), now + patience, std::move(gone), std::move(responder)});
      ++waiting_;
      // The request may have been finished between its commit and this call.
      due_ = std::min(due_, now + 4 * options_.gap);
      changed_.notify_one();
      return;
    }
  }
  responder.send(acceptance.accepted());
}

void WaitDesk::on_progress() {
  const std::scoped_lock lock(mutex_);
  if (waiting_ == 0) return;
  due_ = std::min(due_, std::max(clock_.monotonic(), looked_at_ + options_.gap));
  changed_.notify_one();
}

std::size_t WaitDesk::waiting() const {
  const std::scoped_lock lock(mutex_);
  return waiting_;
}

void WaitDesk::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      while (!stopping_ && (waiting_ == 0 || clock_.monotonic() < due_)) {
        if (waiting_ == 0) {
          changed_.wait(lock);
        } else {
          clock_.wait(changed_, lock, due_);
        }
      }
      if (stopping_) return;
      due_ = clock_.monotonic() + options_.interval;
    }
    dismiss(false);
    look();
    const std::scoped_lock lock(mutex_);
    looked_at_ = clock_.monotonic();
  }
}

void WaitDesk::look() {
  std::vector<std::string> ids;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, waiters] : waiters_) ids.push_back(id);
  }
  const auto standings = requests_.states(ids);
  if (!standings) {
    log::debug("wait_desk_blind", standings.error().message());
    return;
  }
  std::set<std::string> uids;
  for (const auto& standing : *standings) {
    if (standing.state == RequestState::done) uids.insert(standing.study_uids.begin(), standing.study_uids.end());
  }
  const auto told = requests_.published(std::vector(uids.begin(), uids.end()));
  const std::set<std::string> published = told ? std::set(told->begin(), told->end()) : std::set<std::string>();
  for (const auto& standing : *standings) {
    const bool failed = standing.state == RequestState::failed;
    const bool done =
        standing.state == RequestState::done &&
        std::ranges::all_of(standing.study_uids, [&](const auto& uid) { return published.contains(uid); });
    if (!failed && !done) continue;
    for (Waiter& waiter : take(standing.request_id)) {
      if (failed) {
        waiter.responder.send(waiter.acceptance.failed(standing.last_error));
      } else {
        waiter.responder.send(waiter.acceptance.published(standing.study_uids));
      }
    }
  }
}

/// Answers the callers whose time is over, and removes those that have disconnected; the responder drops an answer to a
/// closed connection.
void WaitDesk::dismiss(bool everybody) {
  Waiters over;
  {
    const Monotonic now = clock_.monotonic();
    const std::scoped_lock lock(mutex_);
    for (auto& [id, waiters] : waiters_) {
      const auto stays = [&](const Waiter& waiter) { return !everybody && waiter.until > now && !*waiter.gone; };
      const auto leaving = std::ranges::partition(waiters, stays);
      std::ranges::move(leaving, std::back_inserter(over));
      waiters.erase(leaving.begin(), leaving.end());
    }
    std::erase_if(waiters_, [](const auto& entry) { return entry.second.empty(); });
    waiting_ -= over.size();
  }
  for (Waiter& waiter : over) waiter.responder.send(waiter.acceptance.accepted());
}

WaitDesk::Waiters WaitDesk::take(const std::string& request_id) {
  const std::scoped_lock lock(mutex_);
  const auto found = waiters_.find(request_id);
  if (found == waiters_.end()) return {};
  Waiters taken = std::move(found->second);
  waiters_.erase(found);
  waiting_ -= taken.size();
  return taken;
}

}  // namespace dmw::api
