#include "api/replay_jobs.h"

#include <algorithm>
#include <chrono>

#include "api/rendering.h"
#include "base/log.h"

namespace dmw::api {
namespace {

constexpr std::size_t kJobsMax = 100;
constexpr std::size_t kFailuresShown = 100;
constexpr std::chrono::seconds kOutageWait{1};

}  // namespace

ReplayJobs::ReplayJobs(db::Database& database, ingest::Replay& replay, const Clock& clock)
    : letters_(database), replay_(replay), clock_(clock), thread_([this] { run(); }) {}

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
  job->numbers = std::move(numbers);
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
                      {"count", job.numbers.size()},
                      {"replayed", job.replayed},
                      {"failed", job.failed},
                      {"failures", std::move(failures)},
                      {"waits_for", json::nullable(job.waits_for)},
                      {"created_at", time_or_null(job.created_at)},
                      {"finished_at", time_or_null(job.finished_at)}};
}

void ReplayJobs::run() {
  while (const std::shared_ptr<Job> job = next()) work(*job);
}

std::shared_ptr<ReplayJobs::Job> ReplayJobs::next() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stopping_) return nullptr;
    const auto waiting = std::ranges::find_if(jobs_, [](const auto& job) { return !job->finished_at; });
    if (waiting != jobs_.end()) {
      (*waiting)->state = "running";
      return *waiting;
    }
    changed_.wait(lock);
  }
}

void ReplayJobs::work(Job& job) {
  for (const std::int64_t number : job.numbers) {
    if (!replay(job, number)) return;
  }
  const std::scoped_lock lock(mutex_);
  job.state = "done";
  job.finished_at = clock_.now();
  log::info("dead_letters_replayed", "",
            {{"job_id", job.id.text()}, {"replayed", job.replayed}, {"failed", job.failed}});
}

bool ReplayJobs::replay(Job& job, std::int64_t number) {
  for (;;) {
    const Result<> replayed = replay_now(number);
    // An outage ends by itself. An internal error may be the item's own, and must not hold up the others.
    const bool outage = !replayed && replayed.error().transient() && replayed.error().code != Errc::internal;
    std::unique_lock lock(mutex_);
    if (stopping_) return false;
    if (replayed) {
      ++job.replayed;
    } else if (outage) {
      job.waits_for = replayed.error().what;
      if (changed_.wait_for(lock, kOutageWait, [&] { return stopping_; })) return false;
      continue;
    } else {
      ++job.failed;
      if (job.failures.size() < kFailuresShown) job.failures.push_back({number, replayed.error().what});
    }
    job.waits_for.clear();
    return true;
  }
}

Result<> ReplayJobs::replay_now(std::int64_t number) {
  const auto letter = TRY(letters_.get(std::to_string(number)));
  if (!letter) return fail(Errc::not_found, "there is no such dead letter");
  return replay_.replay(*letter);
}

}  // namespace dmw::api
