#include "events/kafka/kafka_sink.h"

#include <algorithm>

#include "base/log.h"
#include "events/kafka/producer.h"
#include "events/kafka/settings.h"

namespace dmw::events::kafka {
namespace {

constexpr std::chrono::milliseconds probe_timeout{2'000};
constexpr std::chrono::milliseconds create_timeout{5'000};

}  // namespace

Result<> KafkaSink::check(const Options& options) {
  TRY(settings(options));
  return {};
}

Result<Cluster> KafkaSink::describe(const Options& options) {
  return TRY(Producer::open(options, Topic::metadata))->describe(create_timeout);
}

Result<std::unique_ptr<KafkaSink>> KafkaSink::open(Options options, Topic topic) {
  std::unique_ptr<KafkaSink> sink(new KafkaSink(std::move(options), topic));
  TRY(sink->producer());
  return sink;
}

KafkaSink::KafkaSink(Options options, Topic topic)
    : wanted_(std::move(options)), options_(wanted_.get()), topic_(topic) {}

KafkaSink::~KafkaSink() = default;

/// Called between two windows, when no event is in flight.
Result<Producer*> KafkaSink::producer() {
  if (std::shared_ptr<const Options> wanted = wanted_.get(); wanted != options_) {
    producer_.reset();
    options_ = std::move(wanted);
  }
  if (!producer_) {
    producer_ = TRY(Producer::open(*options_, topic_));
    if (!options_->create_topics || topic_made_) producer_->know_topic();
  }
  return producer_.get();
}

std::vector<Result<>> KafkaSink::publish(std::span<const Event> events, const WaitOn& wait_on) {
  if (events.empty()) return {};
  std::vector<Result<>> results = singly_ ? publish_singly(events, wait_on) : try_publish(events, wait_on);
  const auto failed = std::ranges::find_if(results, [](const Result<>& result) { return !result; });
  // The topic was deleted.
  if (failed != results.end() && failed->error().code == Errc::not_found) topic_made_ = false;
  singly_ = failed != results.end() && (singly_ || failed->error().code == Errc::too_large);
  if (failed == results.end()) told_.clear();
  if (failed == results.end() || failed->error().code == Errc::cancelled) return results;
  if (!told_.is_new(failed->error().message())) return results;
  log::warning(topic_ == Topic::dead_letters ? "dlq_send_failed" : "kafka_publish_failed", failed->error().message(),
               {{"code", name(failed->error().code)}});
  return results;
}

/// The certificate of an existing producer cannot be changed. If the brokers refuse its connections and it has sent no
/// event of the window, a new producer with the current certificates takes the window; nothing is repeated then.
std::vector<Result<>> KafkaSink::try_publish(std::span<const Event> events, const WaitOn& wait_on) {
  if (const Result<> made = make_topic_once(); !made) return std::vector<Result<>>(events.size(), made);
  while (true) {
    const Result<Producer*> open = producer();
    if (!open) return std::vector<Result<>>(events.size(), Result<>(std::unexpected(open.error())));
    Producer& current = **open;
    std::shared_ptr<const Options> login = options_;
    bool is_outdated = false;
    const WaitOn look = [&](const std::optional<Error>& slow) {
      if (!wait_on(slow)) return false;
      const std::shared_ptr<const Options> wanted = wanted_.get();
      if (wanted != login) current.change_login(*wanted);
      login = wanted;
      is_outdated = slow && wanted != options_ && !current.has_sent();
      return !is_outdated;
    };
    std::vector<Result<>> results = current.publish(events, look);
    if (!current.is_usable()) producer_.reset();
    if (!is_outdated) return results;
  }
}

/// Publishes the events one by one until one fails. Then that one is known, and all before it are published.
std::vector<Result<>> KafkaSink::publish_singly(std::span<const Event> events, const WaitOn& wait_on) {
  std::vector<Result<>> results;
  for (std::size_t n = 0; n < events.size(); ++n) {
    results.push_back(try_publish(events.subspan(n, 1), wait_on).at(0));
    if (!results.back()) break;
  }
  results.resize(events.size(), results.back());
  return results;
}

Result<> KafkaSink::probe() {
  TRY(make_topic_once());
  Result<> asked = TRY(producer())->ask_for_topic(probe_timeout);
  if (!asked && asked.error().code == Errc::not_found) topic_made_ = false;
  return asked;
}

Result<> KafkaSink::ensure_topic() {
  Producer& maker = *TRY(producer());
  TRY(maker.create_topic(create_timeout));
  // The controller knows the topic before the brokers do: the next query of a broker could report it as missing.
  TRY(maker.ask_for_topic(create_timeout));
  topic_made_ = true;
  return {};
}

// Called before the first query about the topic: a broker may create a topic that is queried, with its own number of
// partitions.
Result<> KafkaSink::make_topic_once() {
  if (!options_->create_topics || topic_made_) return {};
  return ensure_topic();
}

}  // namespace dmw::events::kafka
