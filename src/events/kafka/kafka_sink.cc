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
  return TRY(Producer::open(options))->describe(create_timeout);
}

Result<std::unique_ptr<KafkaSink>> KafkaSink::open(Options options) {
  std::unique_ptr<KafkaSink> sink(new KafkaSink(std::move(options)));
  TRY(sink->producer());
  return sink;
}

KafkaSink::KafkaSink(Options options) : options_(std::move(options)) {}

KafkaSink::~KafkaSink() = default;

Result<Producer*> KafkaSink::producer() {
  if (!producer_) {
    producer_ = TRY(Producer::open(options_));
    if (!options_.create_topics || topics_made_) producer_->know_topics();
  }
  return producer_.get();
}

std::vector<Result<>> KafkaSink::publish(std::span<const Event> events) {
  if (events.empty()) return {};
  std::vector<Result<>> results = try_publish(events);
  const auto failed = std::ranges::find_if(results, [](const Result<>& result) { return !result; });
  if (failed == results.end()) return results;
  producer_.reset();  // a new one forgets a fatal error, and an outage however long
  const bool dead_letter = events[static_cast<std::size_t>(failed - results.begin())].topic == Topic::dead_letters;
  log::warning(dead_letter ? "dlq_send_failed" : "kafka_publish_failed", failed->error().message(),
               {{"code", name(failed->error().code)}});
  return results;
}

std::vector<Result<>> KafkaSink::try_publish(std::span<const Event> events) {
  if (const Result<> made = make_topics_once(); !made) return std::vector<Result<>>(events.size(), made);
  const Result<Producer*> open = producer();
  if (!open) return std::vector<Result<>>(events.size(), Result<>(std::unexpected(open.error())));
  return (*open)->publish(events);
}

Result<> KafkaSink::probe() {
  TRY(make_topics_once());
  return TRY(producer())->ask_for_topics(probe_timeout);
}

Result<> KafkaSink::ensure_topics() {
  Producer& maker = *TRY(producer());
  TRY(maker.create_topics(create_timeout));
  maker.know_topics();
  topics_made_ = true;
  return {};
}

// Before the first question about them: a broker may make a topic that it is asked about, with partitions of its own.
Result<> KafkaSink::make_topics_once() {
  if (!options_.create_topics || topics_made_) return {};
  return ensure_topics();
}

}  // namespace dmw::events::kafka
