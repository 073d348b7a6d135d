// Part of CatalogContract: the sinks, and what is published.
#pragma once

#include "catalog/contract.h"

namespace dmw::catalog {

using Names = std::vector<std::string>;

TEST_P(CatalogContract, TheSinkOfTheDeadLettersBeginsWhereThatOfBothTopicsWas) {
  const std::unique_ptr<db::testing::Opened> older = GetParam()();
  db::Database& database = older->database();
  ASSERT_TRUE(migrate(database, 4));
  ASSERT_TRUE(database.write(
      [](db::Transaction& t) { return t.script("insert into sinks(name, position) values ('kafka', 7)"); }));
  ASSERT_TRUE(migrate(database));
  EXPECT_EQ(sink_position(database, "kafka/dlq").value(), 7);
}

TEST_P(CatalogContract, ANewSinkBeginsWithTheFirstEventThatIsKept) {
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event_named(name)}); }));
  }
  EXPECT_EQ(forget_events(database(), 1, 2).value().rows, 2);
  const Lease first = take_sink(database(), {"main"}, "me", 10s, std::nullopt).value().value();
  EXPECT_EQ(first.position, 2);
  EXPECT_EQ(first.passed_over, 2);
  EXPECT_EQ(read_after(database(), first.position, 10).value().at(0).key, "c");
  ASSERT_TRUE(advance_sink(database(), "main", first.epoch, 3, 10s));
  EXPECT_EQ(forget_events(database(), 1, 10).value().rows, 1);
  // Where no event is kept at all, with the next one.
  EXPECT_EQ(take_sink(database(), {"other"}, "me", 10s, std::nullopt).value()->position, 3);
  const Lease again = take_sink(database(), {"main"}, "me", 10s, std::nullopt).value().value();
  EXPECT_EQ(again.position, 3);
  EXPECT_EQ(again.passed_over, 0);
}

TEST_P(CatalogContract, ASinkThatIsNotConfiguredAnyMoreHoldsEventsOnlyForAWhile) {
  ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event_named("a")}); }));
  ASSERT_TRUE(take_sink(database(), {"main"}, "me", 10s, std::nullopt).value());
  ASSERT_TRUE(release_sink(database(), "main", "me"));
  const auto drop_after = [&](std::chrono::microseconds idle, const std::vector<SinkTerms>& configured = {}) {
    return drop_idle_sinks(database(), configured, SystemClock().now(), idle).value().names;
  };
  EXPECT_TRUE(drop_after(1h).empty());
  EXPECT_EQ(forget_events(database(), 1, 10).value().rows, 0);
  EXPECT_TRUE(drop_after(-1h, {{"other"}, {"main"}}).empty()) << "as after a long downtime: its relay comes only now";
  EXPECT_EQ(drop_after(-1h), std::vector<std::string>{"main"});
  EXPECT_EQ(forget_events(database(), 1, 10).value().rows, 1);
}

TEST_P(CatalogContract, PublishedMeansReadByEveryRequiredSink) {
  Requests requests(database());
  const std::vector<std::string> study = {"1.2"};
  const NewRequest wanted = study_request("s1");
  ASSERT_TRUE(requests.submit(std::span(&wanted, 1)));
  const Request claimed = requests.claim("orthanc", "me", 1, 60s).value().at(0);
  record({spooled("1.2", "1.2.1.1", "a")});
  FinishedRequest finished{
      .id = claimed.id, .study_uids = study, .instances_found = 1, .instances_fetched = 1, .closes = true};
  ASSERT_TRUE(requests.finish(std::span(&finished, 1)));
  EXPECT_TRUE(dirty_studies(database(), 1).value().at(0).closed);
  EXPECT_TRUE(requests.published(study).value().empty());
  settle();
  EXPECT_EQ(requests.published(study).value(), study) << "nobody has to read it";
  const auto is_published = [&] {
    const bool told = requests.published(study).value() == study;
    const StudyState state = Studies(database()).get(StudyUid("1.2")).value().value().state;
    EXPECT_EQ(state, told ? StudyState::published : StudyState::queued);
    return told;
  };
  const auto read_by = [&](const SinkTerms& sink) {
    const Lease lease = take_sink(database(), sink, "me", 10s, std::nullopt).value().value();
    ASSERT_TRUE(advance_sink(database(), sink.name, lease.epoch, 1, 10s));
  };
  const SinkTerms main{"main"};
  const SinkTerms archive{"archive"};
  const SinkTerms notes{.name = "notes", .is_required = false};
  const SinkTerms letters{.name = "main/dlq", .topic = Topic::dead_letters};
  ASSERT_TRUE(declare_sinks(database(), {main, archive, notes, letters}, "me"));
  EXPECT_FALSE(is_published());
  read_by(main);
  EXPECT_FALSE(is_published());
  read_by(archive);
  EXPECT_TRUE(is_published()) << "whatever the others have";
  EXPECT_EQ(requests.get(claimed.request_id.text()).value()->state, RequestState::done);
}

TEST_P(CatalogContract, ANewSinkBeginsWhereItsTermsSay) {
  ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event_named("a"), event_named("b")}); }));
  ASSERT_TRUE(declare_sinks(database(), {{"main"}, {.name = "late", .begins_now = true}}, "me"));
  EXPECT_EQ(sink_position(database(), "main").value(), 0);
  EXPECT_EQ(sink_position(database(), "late").value(), 2);
  ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event_named("c")}); }));
  ASSERT_TRUE(declare_sinks(database(), {{"main"}, {.name = "late", .begins_now = true}}, "me"));
  EXPECT_EQ(sink_position(database(), "late").value(), 2) << "it is no new one";
  EXPECT_EQ(take_sink(database(), {.name = "later", .begins_now = true}, "me", 10s, std::nullopt).value()->position, 3);
}

TEST_P(CatalogContract, ASinkThatIsNotInTheSettingsAnyMoreIsNotWaitedFor) {
  ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event_named("a")}); }));
  const auto published = [&] {
    return database().read(format("select coalesce({}, -1)", published_position)).value().at(0).integer(0);
  };
  EXPECT_EQ(published(), -1);
  ASSERT_TRUE(declare_sinks(database(), {{"main"}, {"archive"}}, "me").value().empty());
  const Lease lease = take_sink(database(), {"main"}, "me", 10s, std::nullopt).value().value();
  ASSERT_TRUE(advance_sink(database(), "main", lease.epoch, 1, 10s));
  ASSERT_TRUE(take_sink(database(), {"archive"}, "you", 10s, std::nullopt).value());
  EXPECT_EQ(published(), 0);
  EXPECT_EQ(declare_sinks(database(), {{"main"}}, "me").value(), Names()) << "another program publishes to it";
  ASSERT_TRUE(release_sink(database(), "archive", "you"));
  EXPECT_EQ(retire_sinks(database(), {{"main"}}).value(), Names()) << "it may begin again";
  EXPECT_EQ(declare_sinks(database(), {{"main"}}, "me").value(), Names{"archive"});
  EXPECT_EQ(published(), 1);
  EXPECT_EQ(delivered_position(database()).value(), 0) << "it goes on where it was when it comes back";
  EXPECT_EQ(forget_events(database(), 1, 10).value().rows, 0) << "likewise";
  ASSERT_TRUE(take_sink(database(), {"archive"}, "you", 10s, std::nullopt).value());
  EXPECT_EQ(published(), 0) << "a program has it again";
  ASSERT_TRUE(database().write([](db::Transaction& t) {
    return t.script("update sinks set leased_until = leased_until - 120000000 where name = 'archive'");
  }));
  EXPECT_EQ(retire_sinks(database(), {{"main"}}).value(), Names{"archive"});
  EXPECT_EQ(published(), 1);
}

TEST_P(CatalogContract, EventsStayForRequiredSinksAlone) {
  ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event_named("a"), event_named("b")}); }));
  ASSERT_TRUE(declare_sinks(database(), {{"main"}, {.name = "notes", .is_required = false}}, "me"));
  const Lease main = take_sink(database(), {"main"}, "me", 10s, std::nullopt).value().value();
  const SinkTerms terms{.name = "notes", .is_required = false};
  const Lease notes = take_sink(database(), terms, "me", 10s, std::nullopt).value().value();
  EXPECT_EQ(forget_events(database(), 1, 10).value().rows, 0);
  ASSERT_TRUE(advance_sink(database(), "main", main.epoch, 2, 10s));
  EXPECT_EQ(delivered_position(database()).value(), 2);
  EXPECT_EQ(forget_events(database(), 1, 10).value().rows, 2);
  EXPECT_EQ(read_topic_after(database(), Topic::metadata, notes.position, 10).error().code, Errc::gone);
  EXPECT_EQ(take_sink(database(), terms, "me", 10s, std::nullopt).value()->passed_over, 2);
  EXPECT_EQ(passed_over(database(), "notes").value(), 2);
}

TEST_P(CatalogContract, WhatASinkPassesOverIsCountedAndAudited) {
  ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event_named("a"), event_named("b")}); }));
  const SinkTerms notes{.name = "notes", .is_required = false};
  const Lease lease = take_sink(database(), notes, "me", 10s, std::nullopt).value().value();
  ASSERT_TRUE(pass_over_sink(database(), "notes", lease.epoch, 2, 10s, 2, "events 1 to 2"));
  EXPECT_EQ(sink_position(database(), "notes").value(), 2);
  EXPECT_EQ(passed_over(database(), "notes").value(), 2);
  const db::Rows audit = database().read("select actor, action, subject, detail from audit").value();
  ASSERT_EQ(audit.size(), 1U);
  EXPECT_EQ(audit[0].text(1), "sink.pass_over");
  EXPECT_EQ(audit[0].text(2), "notes");
  EXPECT_EQ(audit[0].text(3), "events 1 to 2");
  EXPECT_EQ(pass_over_sink(database(), "notes", lease.epoch - 1, 2, 10s, 2, "late").error().code, Errc::stale);
  EXPECT_EQ(passed_over(database(), "notes").value(), 2);
}

}  // namespace dmw::catalog
