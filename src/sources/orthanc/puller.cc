#include "sources/orthanc/puller.h"

#include <algorithm>
#include <set>

#include "base/crash_point.h"
#include "base/format.h"
#include "base/log.h"
#include "base/words.h"
#include "db/halving.h"
#include "sources/door.h"
#include "sources/orthanc/outage.h"

namespace dmw::sources {
namespace {

constexpr std::size_t fetching_max = 128;
/// Where so many instances are listed already, more studies would only cost memory.
constexpr std::size_t fetching_large_max = 64;
constexpr std::size_t large_instances = 2'000;
/// With those whose instances wait to be recorded.
constexpr std::size_t in_flight_max = 512;
constexpr std::chrono::milliseconds claim_interval{1'000};
/// Meanwhile the pool has enough to fetch.
constexpr std::chrono::milliseconds rest_most{20};

Session session_of(const OrthancOptions& options, const Clock& clock, const Request& request) {
  Session session;
  session.id = new_session_id();
  session.kind = SessionKind::orthanc;
  session.correlation_id = request.correlation_id;
  session.source = options.name;
  session.traceparent = request.traceparent;
  session.started_at = clock.now();
  session.peer = options.address();
  return session;
}

std::string item_of(const UnderWay::Ended& ended) {
  return std::to_string(ended.pull->request().id);
}

/// A sentence about the missing items of the source, with the study if it is known, and the time of the retry.
std::string absent_words(const std::string& source, const catalog::FinishedRequest& finished, const Request& request) {
  const std::string next =
      finished.again ? format("retry in {}", in_words(std::chrono::floor<std::chrono::seconds>(finished.again->delay)))
                     : std::string("it is not requested again");
  if (request.study.empty())
    return format("{} no longer has {} that {} requested; {}", source, counted(finished.instances_absent, "instance"),
                  finished.instances_absent == 1 ? "was" : "were", next);
  if (finished.study_uids.empty())
    return format("{} has no study {} (deleted there, or not stored yet); {}", source, request.study, next);
  return format("{} delivered {} of study {}, but {} of its list are missing; {}", source,
                counted(finished.instances_found, "instance"), finished.study_uids.front(), finished.instances_absent,
                next);
}

}  // namespace

Puller::Puller(const OrthancOptions& options, const Surroundings& rooms, std::function<void()> caught_up)
    : options_(options),
      rooms_(rooms),
      requests_(rooms.catalog),
      // A source's own, so that what another source of this process holds is not taken for left behind.
      holder_(rooms.holder + "/" + options.name),
      floor_{.options = options,
             .rooms = rooms,
             .throttle = Throttle(rooms.clock, options.connections, options.name),
             // What waits for its next try is asked for again at the latest after retry_most, with jitter.
             .yield = Yield(rooms.clock, {options.barren_after, 2 * options.retry_most + std::chrono::minutes(1)}),
             .under_way = std::make_shared<UnderWay>([this] { worker_.nudge(); }, [this] { pool_.wake(); }),
             .bulk_form = BulkForm(rooms.clock),
             .instances = rooms.metrics.counter("dicom_middleware_source_instances_total",
                                                "Instances received and kept", {{"source", options.name}}),
             .bytes = rooms.metrics.counter("dicom_middleware_source_bytes_total", "Bytes received and kept",
                                            {{"source", options.name}}),
             .unchanged =
                 rooms.metrics.counter("dicom_middleware_source_unchanged_total",
                                       "Instances that were known and not fetched again", {{"source", options.name}}),
             .absent = rooms.metrics.counter("dicom_middleware_source_absent_total",
                                             "Studies, series and instances that the source named but does not have",
                                             {{"source", options.name}}),
             .seconds = rooms.metrics.histogram("dicom_middleware_source_fetch_seconds",
                                                "From the request for an instance until it is safe in the inbox",
                                                duration_bounds(), {{"source", options.name}})},
      pool_(floor_),
      client_(options.client(), options.setting),
      aside_("pull-" + options.name, rooms.clock, rooms.metrics),
      backoff_(options.retry_first, options.retry_most),
      on_caught_up_(std::move(caught_up)),
      in_flight_gauge_(rooms.metrics.gauge("dicom_middleware_source_requests_in_flight",
                                           "Requests claimed and not finished", {{"source", options.name}})),
      worker_({.name = "pull-" + options.name,
               .interval = claim_interval,
               .pass = [this] { return pass(); },
               .probe = [this] { return probe(); },
               .rest_most = rest_most},
              rooms.clock) {}

Puller::~Puller() {
  stop(std::chrono::milliseconds(0));
}

void Puller::start() {
  started_ = true;
  pool_.start();
  worker_.start();
}

void Puller::stop(std::chrono::milliseconds patience) {
  if (!started_) return;
  started_ = false;
  const Monotonic until = rooms_.clock.monotonic() + patience;
  worker_.stop();
  pool_.drain(std::chrono::floor<std::chrono::milliseconds>(until - rooms_.clock.monotonic()));
  // Those that are through are finished; what still waits for its recording is given back with the rest: at the next
  // start it is known by then.
  Result<> settled = settle_ended();
  floor_.under_way->disconnect();
  std::ranges::copy(floor_.under_way->give_back(UnderWay::Which::all), std::back_inserter(to_release_));
  pool_.stop();
  if (settled) settled = requests_.release(holder_, to_release_);
  // Not given back, their leases will end.
  if (!settled) log::warning("requests_not_released", settled.error().message(), {{"source", options_.name}});
}

Result<bool> Puller::pass() {
  if (!recovered_) {
    const std::int64_t count = TRY(requests_.recover(holder_));
    if (count > 0)
      log::info("requests_recovered",
                format("{}: {} in progress when the program ended uncleanly", options_.name, counted(count, "request")),
                {{"source", options_.name}, {"requests", count}});
    recovered_ = true;
  }
  if (std::optional<Error> why = floor_.under_way->outage()) {
    // It may come back as another, or with the rights it had not.
    floor_.bulk_form.forget();
    TRY(give_back(UnderWay::Which::needing_source));
    return std::unexpected(std::move(*why));
  }
  TRY(give_back(UnderWay::Which::cancelled));
  TRY(look_after());
  return claim();
}

Result<> Puller::look_after() {
  TRY(settle_ended());
  return extend_leases();
}

/// Everything that a pass needs: what it lacked only after a probe that succeeded would be waited for ever longer.
Result<> Puller::probe() {
  TRY(rooms_.catalog.probe());
  TRY(give_back(UnderWay::Which::cancelled));
  TRY(look_after());
  Result<OrthancSystem> system = client_.system(probing(options_));
  if (system) return {};
  return as_outage(std::move(system).error());
}

Result<> Puller::settle_ended() {
  const std::vector<UnderWay::Ended> ended = floor_.under_way->ended();
  if (aside_.count() > 0) forget_others();
  if (ended.empty()) return {};
  std::vector<UnderWay::Ended> done;
  refused_ = 0;
  for (const UnderWay::Ended& each : ended) {
    if (refused_ >= db::refused_most) break;
    if (aside_.is_resting(item_of(each))) continue;
    if (each.end.state == PullState::done) {
      done.push_back(each);
      continue;
    }
    const Result<> settled = settle_failed(each);
    if (!settled && !db::may_be_of_rows(settled.error())) return settled;
    if (settled)
      aside_.take(item_of(each));
    else
      TRY(put_aside(each, settled.error()));
  }
  crash_point("puller.before_finish");
  TRY(db::in_halves(
      std::span(std::as_const(done)), [this](std::span<const UnderWay::Ended> some) { return finish(some); },
      [this](const UnderWay::Ended& each, const Error& why) { return put_aside(each, why); }));
  in_flight_gauge_.set(static_cast<double>(in_flight()));
  rooms_.progressed();
  return {};
}

/// Requests that were given back no longer belong to this process.
void Puller::forget_others() {
  std::set<std::string> open;
  for (const std::int64_t id : floor_.under_way->ids()) open.insert(std::to_string(id));
  aside_.keep([&](const std::string& item) { return open.contains(item); });
}

Result<> Puller::finish(std::span<const UnderWay::Ended> done) {
  std::vector<catalog::FinishedRequest> requests;
  for (const UnderWay::Ended& each : done) requests.push_back(each.end.finished);
  for (const std::int64_t number : TRY(requests_.finish(requests)))
    log::info("dead_letter_closed", format("#{}: the study has arrived since", number), {{"number", number}});
  for (const UnderWay::Ended& each : done) {
    tell_absent(each.end.finished, each.pull->request());
    floor_.under_way->forget(each.pull->request().id);
    aside_.take(item_of(each));
  }
  return {};
}

/// What the catalog refuses to note of one request keeps no other. It stays claimed, and is noted later.
Result<bool> Puller::put_aside(const UnderWay::Ended& ended, const Error& why) {
  const Request& request = ended.pull->request();
  aside_.put(item_of(ended), format("the end of request {} ({})", request.request_id.text(), options_.name), why);
  return ++refused_ < db::refused_most;
}

/// Deleted there, or not there yet: it is for the people to know which.
void Puller::tell_absent(const catalog::FinishedRequest& finished, const Request& request) const {
  if (finished.instances_absent == 0) return;
  const std::string uid = finished.study_uids.empty() ? "" : finished.study_uids.front();
  log::warning("absent_at_source", absent_words(options_.name, finished, request),
               {{"source", options_.name},
                {"absent", finished.instances_absent},
                {"found", finished.instances_found},
                {"resource", request.study},
                {"study_instance_uid", uid},
                {"correlation_id", request.correlation_id.text()}});
}

/// For good its dead letter is what people read.
void Puller::tell_failed(const Request& request, const Error& why, bool for_good) const {
  const std::string correlation = request.correlation_id.text();
  const std::string id = request.request_id.text();
  const log::Fields fields = {{"source", options_.name},
                              {"correlation_id", correlation},
                              {"request_id", id},
                              {"attempts", request.attempts},
                              {"for_good", for_good}};
  if (!for_good) return log::warning("orthanc_fetch_failed", why.message(), fields);
  log::for_machines(log::Level::info, "orthanc_fetch_failed", why.message(), fields);
  log::for_machines(log::Level::error, "ingestion_failed", why.message(),
                    {{"correlation_id", correlation}, {"request_id", id}});
}

Result<> Puller::settle_failed(const UnderWay::Ended& ended) {
  const Request& request = ended.pull->request();
  const Error& why = ended.end.error;
  if (ended.end.state == PullState::try_again) {
    TRY(requests_.postpone({request.id, holder_}, backoff_.after(std::max(1, request.attempts)), why));
  } else {
    const std::string id = request.study.empty() ? request.request_id.text() : request.study;
    const Result<> buried = rooms_.bury(fetch_letter(options_, rooms_.clock, request, Level::study, id, why),
                                        RequestClaim{request.id, holder_, ended.end.finished.again});
    // Frozen for longer than the lease: it is another replica's to judge by now.
    if (!buried && buried.error().code != Errc::stale) return buried;
  }
  tell_failed(request, why, ended.end.state == PullState::failed);
  floor_.under_way->forget(request.id);
  return {};
}

Result<> Puller::extend_leases() {
  const Monotonic now = rooms_.clock.monotonic();
  if (now - extended_at_ < options_.request_lease / 3) return {};
  TRY(requests_.extend(holder_, floor_.under_way->ids(), options_.request_lease));
  extended_at_ = now;
  return {};
}

Result<bool> Puller::claim() {
  const UnderWay::Load load = floor_.under_way->load();
  const std::size_t most = load.instances < large_instances ? fetching_max : fetching_large_max;
  if (load.pulls + UnderWay::together_max > most || load.claimed >= in_flight_max) return false;
  if (!rooms_.inbox.has_room_to_pull()) return false;
  std::vector<Request> claimed =
      TRY(requests_.claim(options_.name, holder_, most - load.pulls, options_.request_lease));
  if (!caught_up_.exchange(true)) on_caught_up_();
  if (claimed.empty()) return false;
  crash_point("puller.after_claim");
  std::vector<std::shared_ptr<Pull>> pulls;
  for (Request& request : claimed) {
    Session session = session_of(options_, rooms_.clock, request);
    pulls.push_back(std::make_shared<Pull>(std::move(request), std::move(session)));
  }
  floor_.under_way->add(pulls);
  in_flight_gauge_.set(static_cast<double>(in_flight()));
  return false;
}

Result<> Puller::give_back(UnderWay::Which which) {
  std::ranges::copy(floor_.under_way->give_back(which), std::back_inserter(to_release_));
  in_flight_gauge_.set(static_cast<double>(in_flight()));
  TRY(requests_.release(holder_, to_release_));
  to_release_.clear();
  return {};
}

}  // namespace dmw::sources
