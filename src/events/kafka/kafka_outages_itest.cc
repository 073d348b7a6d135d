// A broker that is slow, frozen, killed or cut off, each of its own: nothing is lost and nothing is repeated.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "events/kafka/test_publishing.h"

namespace dmw::events::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

/// Of an outage that outlives each timeout of librdkafka, in seconds and not in minutes.
Options with_short_timeouts(const std::string& address) {
  Options options = options_for(address);
  options.slow_after = milliseconds(2'000);
  options.extra = {{"socket.timeout.ms", Private<std::string>("2000")},
                   {"request.timeout.ms", Private<std::string>("2000")}};
  return options;
}

TEST(KafkaSinkOnABroker, LosesAndRepeatsNothingWhenTheBrokerIsKilledAndWhenItIsFrozen) {
  NEEDS_BROKER();
  OwnBroker own;
  Publishing out(with_short_timeouts(own.address()));
  out.relay.start();
  out.append(1'000);
  out.await_all("the first thousand");
  for (const auto& [away, back] : {std::pair("kill9", "restart"), std::pair("freeze", "thaw")}) {
    out.append(5'000);
    const std::int64_t before = out.appended;
    out.steps.await("some of it", [&] { return out.log.position() >= before - 4'900; });
    own.run(away);
    out.append(2'000);
    out.await_trouble(std::string("trouble after ") + away);
    const int looks = out.sink.slow_looks;
    out.steps.await("an outage that goes on", [&] { return out.sink.slow_looks >= looks + 60; });
    own.run(back);
    const auto since = steady_clock::now();
    out.await_all(std::string("everything after ") + back);
    std::printf("after %s: %lld ms until the backlog was through\n", away,
                static_cast<long long>(std::chrono::duration_cast<milliseconds>(steady_clock::now() - since).count()));
  }
  out.expect_each_once(own.address());
}

TEST(KafkaSinkOnABroker, WaitsForAcknowledgementsThatTakeLongAndRepeatsNothing) {
  NEEDS_BROKER();
  BrokerBehindProxy slow;
  Options options = options_for(slow.address());
  options.slow_after = milliseconds(1'000);
  options.partitions = 1;  // each answer is held for so long, one after the other
  Publishing out(options);
  out.append(1);
  out.relay.start();
  out.await_all("the first one");
  slow.behave("delay 12");
  out.append(40);
  out.await_trouble("it is told");
  EXPECT_THAT(out.relay.state().sink_away->reason,
              testing::HasSubstr("Kafka has not acknowledged 40 events on the topic"));
  EXPECT_EQ(out.relay.state().lag, 40);
  out.await_all("forty events");
  slow.behave("pass");
  out.append(1);
  out.await_all("the last one");
  out.expect_each_once(slow.address());
}

/// A request that waits behind others of its connection has less time for its own answer.
TEST(KafkaSinkOnABroker, WaitsForEachOfManyPartitionsAsLongAsForOne) {
  NEEDS_BROKER();
  BrokerBehindProxy slow;
  Options options = options_for(slow.address());
  options.partitions = 6;
  options.slow_after = milliseconds(1'000);
  options.extra = {{"socket.timeout.ms", Private<std::string>("10000")},
                   {"request.timeout.ms", Private<std::string>("10000")}};
  Publishing out(options);
  out.append(100);
  out.relay.start();
  out.await_all("the first ones");
  slow.behave("delay 4");
  const int produced = slow.produced();
  out.append(100);
  out.await_trouble("it is told");
  out.await_all("a hundred events");
  EXPECT_LE(slow.produced(), produced + options.partitions + 1) << "no request was sent again";
  slow.behave("pass");
  out.expect_each_once(slow.address());
}

TEST(KafkaSinkOnABroker, WaitsForAcknowledgementsThatTakeOverAMinuteEach) {
  NEEDS_BROKER();
  BrokerBehindProxy slow;
  Options options = options_for(slow.address());
  options.partitions = 2;
  Publishing out(options);
  out.append(20);
  out.relay.start();
  out.await_all("the first ones");
  slow.behave("delay 70");
  const int produced = slow.produced();
  out.append(20);
  out.await_trouble("it is told");
  out.await_all("twenty events");
  EXPECT_LE(slow.produced(), produced + 3) << "no request was sent again";
  slow.behave("pass");
  out.expect_each_once(slow.address());
}

TEST(KafkaSinkOnABroker, RepeatsNothingWhenRequestsTimeOutOrAreCut) {
  NEEDS_BROKER();
  BrokerBehindProxy slow;
  Publishing out(with_short_timeouts(slow.address()));
  out.append(1);
  out.relay.start();
  out.await_all("the first one");
  for (const std::string mode : {"hold", "freeze", "cut"}) {
    // Appended by the broker, which librdkafka does not hear of: it sends all of it again.
    slow.behave(mode == "cut" ? "hold" : mode);
    const int produced = slow.produced();
    out.append(40);
    out.await_trouble("trouble by " + mode);
    if (mode == "hold") out.steps.await("the same again", [&] { return slow.produced() >= produced + 12; });
    if (mode == "cut") slow.behave(mode);
    const int looks = out.sink.slow_looks;
    out.steps.await("longer than a timeout", [&] { return out.sink.slow_looks >= looks + 30; });
    slow.behave("pass");
    out.await_all("all after " + mode);
  }
  out.expect_each_once(slow.address());
}

TEST(KafkaSinkOnABroker, RepeatsNothingWhenReplicasFreezeAndLeadersChange) {
  NEEDS_BROKER();
  OwnCluster cluster;
  Options options = with_short_timeouts(cluster.address());
  options.replication = 3;
  options.partitions = 6;  // each broker leads some
  Publishing out(std::move(options));
  out.append(300);
  out.relay.start();
  ASSERT_NO_FATAL_FAILURE(out.await_all("the first ones")) << cluster.partitions();
  // A follower of some partitions, and the leader of others: replicas fall out of sync, and leaders change.
  cluster.run("freeze", 1);
  out.append(300);
  ASSERT_NO_FATAL_FAILURE(out.await_all("with one frozen")) << cluster.partitions();
  cluster.run("thaw", 1);
  out.append(300);
  ASSERT_NO_FATAL_FAILURE(out.await_all("with all three again")) << cluster.partitions();
  cluster.run("kill9", 2);
  out.append(300);
  ASSERT_NO_FATAL_FAILURE(out.await_all("with one killed")) << cluster.partitions();
  // One is left: too few have what it is given.
  cluster.run("freeze", 3);
  out.append(300);
  out.await_trouble("too few in sync");
  const int looks = out.sink.slow_looks;
  out.steps.await("longer than a timeout", [&] { return out.sink.slow_looks >= looks + 30; });
  cluster.run("thaw", 3);
  cluster.run("restart", 2);
  ASSERT_NO_FATAL_FAILURE(out.await_all("with all three at last")) << cluster.partitions();
  out.expect_each_once(cluster.address());
}

}  // namespace
}  // namespace dmw::events::kafka
