#include "api/replay_jobs.h"

#include <algorithm>
#include <chrono>
#include <ranges>

#include "api/rendering.h"
#include "base/format.h"
#include "base/log.h"

namespace dmw::api {
namespace {

constexpr std::size_t kJobsMax = 100;
constexpr std::size_t kFailuresShown = 100;
constexpr std::size_t kItemsShown = 1'000;
constexpr std::size_t kLookedAtOnce = 50;
constexpr std::chrono::seconds kOutageWait{1};
constexpr std::chrono::milliseconds kLookFirst{20};
constexpr std::chrono::milliseconds kLookMost{500};

constexpr std::string_view kReplaying = "replaying";
constexpr std::string_view kReplayed = "replayed";
constexpr std::string_view kFailedAgain = "failed_again";
constexpr std::string_view kNotReplayed = "not_replayed";

}  // namespace

ReplayJobs::ReplayJobs(db::Database& database, ingest::Replay& replay, const Clock& clock, ReplayPatience patience)
    : letters_(database),
      requests_(database),
      replay_(replay),
      clock_(clock),
      tries_max_(patience.tries),
      backoff_(patience.first, patience.most),
      thread_([this] { run(); }) {}

ReplayJobs::~ReplayJobs() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

Result<Uuid> ReplayJobs::start(std::vector<std::int64_t> numbers) {
  const std::scoped_lock lock(mutex_);
  if (jobs_.size() >= kJobsMax) {
    const auto done = std::ranges::find_if(jobs_, [](const auto& job) { return job->finished_at.has_value(); });
    if (done == jobs_.end()) return fail(Errc::full, "too many replay jobs are waiting");
    jobs_.erase(done);
  }
  auto job = std::make_shared<Job>();
  job->id = Uuid::random();
  job->count = numbers.size();
  for (const std::int64_t number : numbers) {
    if (job->items.size() < kItemsShown) job->items.push_back({.number = number});
    job->open.push_back({.number = number, .place = job->open.size()});
  }
  job->created_at = clock_.now();
  jobs_.push_back(job);
  changed_.notify_one();
  return job->id;
}

std::optional<json::object> ReplayJobs::get(const Uuid& id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(jobs_, id, [](const auto& job) { return job->id; });
  if (found == jobs_.end()) return std::nullopt;
  json::object object = summary(**found);
  json::array items;
  for (const Item& item : (*found)->items) {
    items.push_back(
        json::object{{"number", item.number}, {"outcome", item.outcome}, {"detail", json::nullable(item.detail)}});
  }
  object["items"] = std::move(items);
  return object;
}

json::array ReplayJobs::list() const {
  const std::scoped_lock lock(mutex_);
  json::array jobs;
  for (const auto& job : jobs_ | std::views::reverse) jobs.push_back(summary(*job));
  return jobs;
}

json::object ReplayJobs::summary(const Job& job) {
  json::array failures;
  for (const Item& failure : job.failures) {
    failures.push_back(json::object{{"number", failure.number}, {"detail", failure.detail}});
  }
  return json::object{{"job_id", job.id.text()},
                      {"kind", "dead_letters.replay"},
                      {"state", job.state},
                      {"count", job.count},
                      {"replayed", job.replayed},
                      {"failed", job.failed},
                      {"under_way", job.under_way.size()},
                      {"failures", std::move(failures)},
                      {"waits_for", json::nullable(job.waits_for)},
                      {"created_at", time_or_null(job.created_at)},
                      {"finished_at", time_or_null(job.finished_at)}};
}

void ReplayJobs::run() {
  while (std::optional<Next> one = next()) {
    if (!replay(*std::move(one))) return;
  }
}

std::optional<ReplayJobs::Next> ReplayJobs::next() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Monotonic now = clock_.monotonic();
    std::optional<Monotonic> earliest;
    const bool followed = std::ranges::any_of(jobs_, [](const auto& job) { return !job->under_way.empty(); });
    if (followed && now >= look_at_) {
      look(lock);
      continue;
    }
    if (followed) earliest = look_at_;
    for (const std::shared_ptr<Job>& job : jobs_) {
      if (job->open.empty() && job->under_way.empty() && !job->finished_at) finish(*job);
      const auto due = std::ranges::min_element(job->open, {}, &Open::rests_until);
      if (due == job->open.end()) continue;
      if (due->rests_until > now) {
        earliest = earliest ? std::min(*earliest, due->rests_until) : due->rests_until;
        continue;
      }
      Next found{job, *due};
      job->open.erase(due);
      job->state = "running";
      return found;
    }
    if (earliest)
      clock_.wait(changed_, lock, *earliest);
    else
      changed_.wait(lock);
  }
  return std::nullopt;
}

void ReplayJobs::finish(Job& job) {
  job.state = "done";
  job.waits_for.clear();
  job.finished_at = clock_.now();
  log::info({"dead_letters_replayed", "dead letters"},
            format("{} of {} succeeded, {} failed", job.replayed, job.count, job.failed),
            {{"job_id", job.id.text()}, {"replayed", job.replayed}, {"failed", job.failed}});
}

bool ReplayJobs::replay(Next next) {
  for (;;) {
    const Result<ingest::Retry> begun = replay_now(next.open.number);
    const Result<> probed = begun || !begun.error().transient() ? Result<>() : replay_.probe();
    std::unique_lock lock(mutex_);
    if (stopping_) return false;
    if (probed) {
      conclude(*next.job, next.open, begun);
      return true;
    }
    // An outage is not the fault of any dead letter: the job waits until it ends.
    next.job->waits_for = probed.error().what;
    if (clock_.wait_until(changed_, lock, clock_.monotonic() + kOutageWait, [&] { return stopping_; })) return false;
  }
}

void ReplayJobs::conclude(Job& job, Open open, const Result<ingest::Retry>& begun) {
  job.waits_for.clear();
  if (begun) {
    if (open.place < job.items.size()) job.items[open.place].outcome = kReplaying;
    job.under_way.push_back({open.number, open.place, begun->request});
    look_after_ = kLookFirst;
    look_at_ = std::min(look_at_, clock_.monotonic() + look_after_);
    return;
  }
  const Error& why = begun.error();
  if (why.transient() && ++open.tries < tries_max_) {
    open.rests_until = clock_.monotonic() + backoff_.after(open.tries);
    job.waits_for = format("{} is tried again later: {}", open.number, why.what);
    job.open.push_back(open);
    return;
  }
  conclude(job, open.place, {open.number, kNotReplayed, why.what});
}

void ReplayJobs::conclude(Job& job, std::size_t place, Item item) {
  ++(item.outcome == kReplayed ? job.replayed : job.failed);
  if (item.outcome != kReplayed && job.failures.size() < kFailuresShown) job.failures.push_back(item);
  if (place < job.items.size()) job.items[place] = std::move(item);
}

Result<ingest::Retry> ReplayJobs::replay_now(std::int64_t number) {
  const auto letter = TRY(letters_.get(std::to_string(number)));
  if (!letter) return fail(Errc::not_found, "there is no such dead letter");
  return replay_.replay(*letter);
}

void ReplayJobs::look(std::unique_lock<std::mutex>& lock) {
  std::vector<Looked> looked;
  for (const std::shared_ptr<Job>& job : jobs_) {
    while (!job->under_way.empty() && looked.size() < kLookedAtOnce) {
      looked.push_back({job, job->under_way.front()});
      job->under_way.pop_front();
    }
  }
  lock.unlock();
  std::string away;
  for (Looked& each : looked) {
    Result<std::optional<Item>> outcome = outcome_of(each.one);
    if (outcome) {
      each.ended = *std::move(outcome);
    } else {
      away = outcome.error().what;
      break;
    }
  }
  lock.lock();
  bool news = false;
  for (Looked& each : looked) {
    if (!away.empty()) each.job->waits_for = away;
    if (each.ended) {
      conclude(*each.job, each.one.place, *std::move(each.ended));
      news = true;
    } else {
      each.job->under_way.push_back(each.one);
    }
  }
  look_after_ = news ? std::chrono::milliseconds(0) : std::clamp(look_after_ * 2, kLookFirst, kLookMost);
  look_at_ = clock_.monotonic() + look_after_;
}

Result<std::optional<ReplayJobs::Item>> ReplayJobs::outcome_of(const UnderWay& one) {
  if (one.request) {
    const auto request = TRY(requests_.get(one.request->text()));
    // A request that is done may have left a dead letter, so the state of the letter decides, not that of the request.
    if (request && request->state != RequestState::done && request->state != RequestState::failed) return std::nullopt;
  }
  const auto letter = TRY(letters_.get(std::to_string(one.number)));
  if (!letter) return Item{one.number, kNotReplayed, "there is no such dead letter any more"};
  switch (letter->state) {
    case DeadLetterState::replaying:
      return std::nullopt;
    case DeadLetterState::open:
      return Item{one.number, kFailedAgain, format("{}: {}", letter->cause, letter->detail)};
    case DeadLetterState::replayed:
      return Item{one.number, kReplayed};
    case DeadLetterState::discarded:
      return Item{one.number, kNotReplayed, "it was discarded in the meantime"};
  }
  return std::nullopt;
}

}  // namespace dmw::api
