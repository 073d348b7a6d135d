#include "sources/orthanc/reconciler.h"

#include <algorithm>

#include "base/log.h"
#include "catalog/cursors.h"
#include "catalog/requests.h"

namespace dmw::sources {
namespace {

constexpr std::size_t page_size = 100;
/// Reconciling never fills the lane.
constexpr std::int64_t waiting_requests_max = 1'000;

}  // namespace

Reconciler::Reconciler(const OrthancOptions& options, const Surroundings& rooms, std::function<void()> nudge)
    : options_(options), rooms_(rooms), nudge_(std::move(nudge)), client_(options.client()) {}

Result<bool> Reconciler::pass() {
  const Monotonic now = rooms_.clock.monotonic();
  if (!running_ && !asked_) {
    if (options_.reconcile_interval.count() == 0 || now - began_at_ < options_.reconcile_interval) return false;
    asked_ = true;
  }
  if (asked_.exchange(false)) {
    running_ = true;
    began_at_ = now;
    next_ = 0;
    last_id_.clear();
    found_ = requested_ = 0;
  }
  if (TRY(catalog::Requests(rooms_.catalog).depth()).waiting >= waiting_requests_max) return false;
  // Pages overlap by one study: when that is another one, something before it was deleted, and others slid past us.
  const std::size_t overlap = next_ > 0 ? 1 : 0;
  const std::vector<OrthancStudy> page = TRY(client_.studies(next_ - overlap, page_size + overlap));
  if (overlap == 1 && (page.empty() || page.front().id != last_id_)) {
    next_ -= std::min(next_, page_size);
    last_id_.clear();
    if (next_ == 0) return true;
    const std::vector<OrthancStudy> before = TRY(client_.studies(next_ - 1, 1));
    if (!before.empty()) last_id_ = before.front().id;
    return true;
  }
  TRY(compare(page));
  found_ += static_cast<std::int64_t>(page.size() - overlap);
  next_ += page.size() - overlap;
  if (!page.empty()) last_id_ = page.back().id;
  if (page.size() == page_size + overlap) return true;
  running_ = false;
  log::info("reconciled", "every study of the source was compared",
            {{"source", options_.name}, {"studies", found_}, {"requested", requested_}});
  return false;
}

Result<> Reconciler::compare(const std::vector<OrthancStudy>& studies) {
  std::vector<std::string> ids;
  for (const OrthancStudy& study : studies) ids.push_back(study.id);
  const catalog::Tags known = TRY(catalog::known_studies(rooms_.catalog, options_.name, ids));
  std::vector<NewRequest> requests;
  for (const OrthancStudy& study : studies) {
    const auto tag = known.find(study.id);
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
  TRY(catalog::Requests(rooms_.catalog).submit(requests));
  requested_ += static_cast<std::int64_t>(requests.size());
  nudge_();
  return {};
}

Result<bool> Reconciler::unchanged(const OrthancStudy& study, const std::string& tag) {
  // Another time says enough; the count is asked for where the time is the same.
  if (!tag.starts_with(study.last_update + "/")) return false;
  const Result<std::int64_t> count = client_.instance_count(study.id);
  if (!count && count.error().code == Errc::not_found) return true;  // deleted meanwhile
  if (!count) return std::unexpected(count.error());
  return tag == study_tag(study.last_update, *count);
}

}  // namespace dmw::sources
