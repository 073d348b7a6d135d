#include "sources/orthanc/reconciler.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "base/log.h"
#include "catalog/cursors.h"
#include "catalog/requests.h"
#include "sources/orthanc/backfill.h"

namespace dmw::sources {
namespace {

constexpr std::size_t page_size = 100;
/// Comparing never fills the queue of its source.
constexpr std::int64_t waiting_requests_max = 1'000;
/// Deletions there move a comparison back; more of them than this are no deletions.
constexpr int slides_max = 1'000;
constexpr std::array<std::chrono::minutes, 3> again_after = {std::chrono::minutes(1), std::chrono::minutes(10),
                                                             std::chrono::minutes(60)};

}  // namespace

Reconciler::Reconciler(const OrthancOptions& options, const Surroundings& rooms, OrthancClient& client,
                       std::function<void()> nudge, Fence fence)
    : options_(options), rooms_(rooms), nudge_(std::move(nudge)), fence_(std::move(fence)), client_(client) {}

void Reconciler::begin_after(std::chrono::milliseconds delay) {
  const Monotonic at = rooms_.clock.monotonic() + delay;
  if (!again_at_ || at < *again_at_) again_at_ = at;
}

Comparison Reconciler::comparison() const {
  Comparison comparison{.running = asked_ || running_,
                        .studies = {},
                        .compared = compared_,
                        .incomplete = ended_early_ > 0,
                        .waiting = unfetched_};
  if (studies_ >= 0) comparison.studies = studies_;
  return comparison;
}

bool Reconciler::is_due(Monotonic now) const {
  if (asked_) return true;
  if (running_) return false;
  if (again_at_ && now >= *again_at_) return true;
  return options_.reconcile_interval.count() > 0 && now - began_at_ >= options_.reconcile_interval;
}

Result<bool> Reconciler::pass() {
  const Monotonic now = rooms_.clock.monotonic();
  if (!running_ && unfetched_ > 0) TRY(count_waiting());
  if (is_due(now)) TRY(start(now));
  if (!running_) return false;
  TRY(count_waiting());
  if (waiting_ >= waiting_requests_max) return false;
  return compare_page();
}

Result<> Reconciler::start(Monotonic now) {
  if (!wanted_since_) wanted_since_ = TRY(wanted_since(options_, rooms_, client_));
  const Result<OrthancSize> size = client_.size();
  if (!size && size.error().transient()) return std::unexpected(size.error());
  studies_ = size ? size->studies : -1;
  running_ = true;
  asked_ = false;
  if (again_at_ && now >= *again_at_) again_at_.reset();
  began_at_ = now;
  next_ = 0;
  slides_ = 0;
  last_id_.clear();
  counts_.clear();
  compared_ = 0;
  requested_ = passed_over_ = 0;
  log::info("reconciling",
            format("every study of {} is compared{}", options_.name,
                   studies_ >= 0 ? format("; it has {}", studies_.load()) : ""),
            {{"source", options_.name}, {"studies", studies_.load()}});
  return {};
}

Result<> Reconciler::count_waiting() {
  const catalog::RequestDepth depth = TRY(catalog::Requests(rooms_.catalog).depth(options_.name));
  waiting_ = depth.waiting;
  unfetched_ = depth.reconciled;
  return {};
}

/// Pages overlap by one study: when that is another one, something before it was deleted, and others slid past us.
Result<bool> Reconciler::compare_page() {
  const std::size_t overlap = next_ > 0 ? 1 : 0;
  const std::vector<OrthancStudy> page = TRY(client_.studies(next_ - overlap, page_size + overlap));
  if (overlap == 1 && (page.empty() || page.front().id != last_id_)) return slide_back();
  TRY(compare(page));
  counts_.clear();
  compared_ += static_cast<std::int64_t>(page.size() - overlap);
  next_ += page.size() - overlap;
  if (!page.empty()) last_id_ = page.back().id;
  if (page.size() >= page_size + overlap) return true;
  return end();
}

Result<bool> Reconciler::slide_back() {
  if (++slides_ > slides_max) {
    end_early("its pages of studies do not follow each other");
    return false;
  }
  const std::size_t back = std::min(next_, page_size);
  next_ -= back;
  compared_ = std::max<std::int64_t>(0, compared_ - static_cast<std::int64_t>(back));
  last_id_.clear();
  counts_.clear();
  if (next_ == 0) return true;
  const std::vector<OrthancStudy> before = TRY(client_.studies(next_ - 1, 1));
  if (!before.empty()) last_id_ = before.front().id;
  return true;
}

/// A list that ends early, as that of a proxy does, is not all: it has no fewer studies than Orthanc counted at the
/// beginning, or counts now.
Result<bool> Reconciler::end() {
  const Result<OrthancSize> size = client_.size();
  if (!size && size.error().transient()) return std::unexpected(size.error());
  const std::int64_t counted = size && studies_ >= 0 ? std::min<std::int64_t>(studies_, size->studies) : -1;
  if (compared_ < counted || (counted < 0 && compared_ == 0)) {
    end_early(counted < 0 ? "it lists no studies and does not report their number"
                          : format("it lists {} studies, but reports {}", compared_.load(), counted));
    return false;
  }
  running_ = false;
  ended_early_ = 0;
  log::info("reconciled",
            format("{} studies of {} compared: {} requested, {} skipped", compared_.load(), options_.name, requested_,
                   passed_over_),
            {{"source", options_.name},
             {"studies", compared_.load()},
             {"requested", requested_},
             {"passed_over", passed_over_}});
  return false;
}

void Reconciler::end_early(std::string_view why) {
  running_ = false;
  const auto tried = static_cast<std::size_t>(ended_early_++);
  const std::chrono::minutes delay = again_after[std::min(tried, again_after.size() - 1)];
  log::warning("orthanc_comparison_incomplete", format("{}: every study is compared again", why),
               {{"source", options_.name}, {"minutes", static_cast<std::int64_t>(delay.count())}});
  begin_after(delay);
}

Result<> Reconciler::compare(const std::vector<OrthancStudy>& studies) {
  std::vector<std::string> ids;
  for (const OrthancStudy& study : studies) ids.push_back(study.id);
  const catalog::Tags known = TRY(catalog::known_studies(rooms_.catalog, options_.name, ids));
  std::vector<NewRequest> requests;
  for (const OrthancStudy& study : studies) {
    const auto tag = known.find(study.id);
    // One that does not say when is wanted.
    if (tag == known.end() && !study.last_update.empty() && study.last_update < *wanted_since_) {
      ++passed_over_;
      continue;
    }
    if (tag != known.end() && TRY(unchanged(study, tag->second))) continue;
    NewRequest& request = requests.emplace_back();
    request.source = options_.name;
    request.study = study.id;
    // What still arrives settles by its quiet time, or when Orthanc calls it stable.
    request.closes = study.stable;
    request.priority = RequestPriority::reconciled;
    request.correlation_id = Uuid::random();
  }
  if (requests.empty()) return {};
  TRY(rooms_.catalog.write([&](db::Transaction& transaction) -> Result<> {
    TRY(fence_(transaction));
    TRY(catalog::Requests::submit(transaction, requests));
    return {};
  }));
  requested_ += static_cast<std::int64_t>(requests.size());
  nudge_();
  return {};
}

Result<std::int64_t> Reconciler::count(const std::string& study) {
  if (const auto counted = counts_.find(study); counted != counts_.end()) return counted->second;
  const std::int64_t count = TRY(client_.instance_count(study));
  return counts_[study] = count;
}

Result<bool> Reconciler::unchanged(const OrthancStudy& study, const std::string& tag) {
  // Another time says enough; the count is asked for where the time is the same.
  if (study.last_update.empty() || !tag.starts_with(study.last_update + "/")) return false;
  const Result<std::int64_t> count = this->count(study.id);
  // Deleted meanwhile, or somebody between us and Orthanc says so: who fetches it finds out.
  if (!count && (count.error().code == Errc::not_found || count.error().code == Errc::gone)) return false;
  if (!count) return std::unexpected(count.error());
  return tag == study_tag(study.last_update, *count);
}

}  // namespace dmw::sources
