#include "api/replay_jobs.h"

#include <algorithm>
#include <chrono>

#include "api/rendering.h"
#include "base/format.h"
#include "base/log.h"

namespace dmw::api {
namespace {

constexpr std::size_t kJobsMax = 100;
constexpr std::size_t kFailuresShown = 100;
constexpr std::chrono::seconds kOutageWait{1};

}  // namespace

ReplayJobs::ReplayJobs(db::Database& database, ingest::Replay& replay, const Clock& clock, ReplayPatience patience)
    : letters_(database),
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
    if (done == jobs_.end()) return fail(Errc::full, "too many replay jobs wait");
    jobs_.erase(done);
  }
  auto job = std::make_shared<Job>();
  job->id = Uuid::random();
  job->count = numbers.size();
  for (const std::int64_t number : numbers) job->open.push_back({.number = number});
  job->created_at = clock_.now();
  jobs_.push_back(job);
  changed_.notify_one();
  return job->id;
}

std::optional<json::object> ReplayJobs::get(const Uuid& id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(jobs_, id, [](const auto& job) { return job->id; });
  if (found == jobs_.end()) return std::nullopt;
  const Job& job = **found;
  json::array failures;
  for (const Failure& failure : job.failures) {
    failures.push_back(json::object{{"number", failure.number}, {"detail", failure.detail}});
  }
  return json::object{{"job_id", job.id.text()},
                      {"kind", "dead_letters.replay"},
                      {"state", job.state},
                      {"count", job.count},
                      {"replayed", job.replayed},
                      {"failed", job.failed},
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
    const Time now = std::chrono::steady_clock::now();
    std::optional<Time> earliest;
    for (const std::shared_ptr<Job>& job : jobs_) {
      if (job->open.empty() && !job->finished_at) finish(*job);
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
      changed_.wait_until(lock, *earliest);
    else
      changed_.wait(lock);
  }
  return std::nullopt;
}

void ReplayJobs::finish(Job& job) {
  job.state = "done";
  job.waits_for.clear();
  job.finished_at = clock_.now();
  log::info("dead_letters_replayed", "",
            {{"job_id", job.id.text()}, {"replayed", job.replayed}, {"failed", job.failed}});
}

bool ReplayJobs::replay(Next next) {
  for (;;) {
    const Result<> replayed = replay_now(next.open.number);
    const Result<> probed = replayed || !replayed.error().transient() ? Result<>() : replay_.probe();
    std::unique_lock lock(mutex_);
    if (stopping_) return false;
    if (probed) {
      conclude(*next.job, next.open, replayed);
      return true;
    }
    // An outage ends by itself, and is the fault of none of them.
    next.job->waits_for = probed.error().what;
    if (changed_.wait_for(lock, kOutageWait, [&] { return stopping_; })) return false;
  }
}

void ReplayJobs::conclude(Job& job, Open open, const Result<>& replayed) {
  job.waits_for.clear();
  if (replayed) {
    ++job.replayed;
    return;
  }
  const Error& why = replayed.error();
  if (why.transient() && ++open.tries < tries_max_) {
    open.rests_until = std::chrono::steady_clock::now() + backoff_.after(open.tries);
    job.waits_for = format("{} is tried again later: {}", open.number, why.what);
    job.open.push_back(open);
    return;
  }
  ++job.failed;
  if (job.failures.size() < kFailuresShown) job.failures.push_back({open.number, why.what});
}

Result<> ReplayJobs::replay_now(std::int64_t number) {
  const auto letter = TRY(letters_.get(std::to_string(number)));
  if (!letter) return fail(Errc::not_found, "there is no such dead letter");
  return replay_.replay(*letter);
}

}  // namespace dmw::api
