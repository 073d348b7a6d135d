// Revisions, the event log, and who reads it, for every database; see contract.h.
#pragma once

#include "catalog/contract.h"
#include "catalog/event_search.h"

namespace dmw::catalog {

TEST_P(CatalogContract, FindsEventsByWhatTheyAreAbout) {
  const auto log = [&](std::int64_t count) {
    for (std::int64_t n = 1; n <= count; ++n) {
      Event event = event_named(format("{}", n));
      event.at = 1'000 * n;
      event.key = n % 2 == 0 ? "1.2" : "1.3";
      event.topic = n % 7 == 0 ? Topic::dead_letters : Topic::metadata;
      event.headers = n % 5 == 0 ? R"({"ce_type":"study.deleted"})" : R"({"ce_type":"study.updated"})";
      ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event}); }));
    }
  };
  log(50);
  const auto positions = [&](const EventFilter& filter, std::int64_t after = 0, std::size_t limit = 1000) {
    std::vector<std::int64_t> found;
    const EventsFound page = find_events(database(), filter, after, limit).value();
    for (const Event& event : page.events) {
      EXPECT_TRUE(filter.matches(event));
      found.push_back(event.position);
    }
    return found;
  };
  using List = std::vector<std::int64_t>;
  EXPECT_EQ(positions({.type = "study.deleted"}), (List{5, 10, 15, 20, 25, 30, 35, 40, 45, 50}));
  EXPECT_EQ(positions({.study = "1.2", .type = "study.deleted"}), (List{10, 20, 30, 40, 50}));
  EXPECT_EQ(positions({.since = 20'000, .until = 41'000, .study = "1.3", .type = "study.deleted"}), (List{25}));
  EXPECT_EQ(positions({.since = 48'000}), (List{48, 49, 50}));
  EXPECT_EQ(positions({.until = 3'000}), (List{1, 2}));
  EXPECT_EQ(positions({.until = 3'001}, 1), (List{2, 3}));
  EXPECT_EQ(positions({.since = 51'000}), List{});
  EXPECT_EQ(positions({.study = "' or 1=1 --"}), List{});
  // A page says how far it has looked, whether it is full or not.
  EXPECT_EQ(find_events(database(), {.type = "study.deleted"}, 0, 2)->up_to, 10);
  EXPECT_EQ(find_events(database(), {.type = "study.deleted"}, 45, 2)->up_to, 50);
  EXPECT_EQ(find_events(database(), {.type = "none"}, 0, 2)->up_to, 50);
  ASSERT_EQ(forget_events(database(), 11'000, 100).value().rows, 10);
  EXPECT_EQ(find_events(database(), {.type = "study.deleted"}, 5, 2).error().code, Errc::gone);
  EXPECT_EQ(positions({.since = 1, .type = "study.deleted"}, 10), (List{15, 20, 25, 30, 35, 40, 45, 50}));
}

TEST_P(CatalogContract, LateInstancesAreTheNextRevision) {
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "b")});
  EXPECT_EQ(settle().at(0).instances_added, 2);
  record({spooled("1.2", "1.2.1.3", "c")});
  const std::vector<StudyRevision> told = settle();
  EXPECT_EQ(told.at(0).revision, 2);
  EXPECT_EQ(told.at(0).instances_added, 1);
  EXPECT_EQ(told.at(0).instances.size(), 3U);
  EXPECT_EQ(number("select count(*) from revisions"), 2);
}

TEST_P(CatalogContract, AStudyThatMovedOnIsNotPublished) {
  record({spooled("1.2", "1.2.1.1", "a")});
  const std::vector<std::int64_t> ids = {dirty_studies(database(), 1).value().at(0).study_id};
  const std::vector<StudyRevision> before = read_revisions(database(), ids).value();
  record({spooled("1.2", "1.2.1.2", "b")});
  const Settled settled{&before.at(0), event_named("x")};
  EXPECT_TRUE(publish(database(), lead_settling(database()), std::span(&settled, 1)).value().empty());
  EXPECT_EQ(log_range(database()).value().last, 0);
  EXPECT_EQ(settle().at(0).instances_added, 2);
}

TEST_P(CatalogContract, PositionsHaveNoGapAfterARollback) {
  const auto add = [&](const std::string& name) {
    return database().write([&](db::Transaction& t) { return append(t, {event_named(name)}); });
  };
  EXPECT_EQ(add("a").value(), 1);
  {
    const std::unique_ptr<db::Transaction> lost = database().begin(db::Access::write).value();
    ASSERT_TRUE(append(*lost, {event_named("b"), event_named("c")}));
  }
  EXPECT_EQ(add("d").value(), 2);
  const std::vector<Event> events = read_after(database(), 0, 10).value();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].key, "d");
  EXPECT_EQ(events[1].position, 2);
}

TEST_P(CatalogContract, TellsThatForgottenEventsAreGone) {
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event_named(name)}); }));
  }
  ASSERT_TRUE(take_sink(database(), {"main"}, "me", 10s, std::nullopt).value());
  EXPECT_EQ(forget_events(database(), 1, 10).value().rows, 0);  // the sink has read none of them
  ASSERT_TRUE(advance_sink(database(), "main", 1, 2, 10s));
  EXPECT_EQ(forget_events(database(), 1, 10).value().rows, 2);
  EXPECT_EQ(read_after(database(), 1, 10).error().code, Errc::gone);
  EXPECT_EQ(read_after(database(), 2, 10).value().at(0).key, "c");
  EXPECT_TRUE(read_after(database(), 3, 10).value().empty());
}

TEST_P(CatalogContract, AClockThatRanAheadLeavesNoHoleInTheEvents) {
  for (const MicrosUtc at : {10, 900, 20, 30}) {
    Event event = event_named(format("at {}", at));
    event.at = at;
    ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event}); }));
  }
  EXPECT_EQ(forget_events(database(), 25, 10).value().rows, 1);
  EXPECT_EQ(read_after(database(), 1, 10).value().size(), 3U);
  EXPECT_EQ(forget_events(database(), 1'000, 10).value().rows, 3);
}

TEST_P(CatalogContract, AHoleInTheEventsIsToldToTheReader) {
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event_named(name)}); }));
  }
  ASSERT_TRUE(database().write([](db::Transaction& t) { return t.script("delete from events where position = 2"); }));
  EXPECT_EQ(read_after(database(), 0, 10).value().size(), 1U);
  EXPECT_EQ(read_after(database(), 1, 10).error().code, Errc::gone);
}

TEST_P(CatalogContract, ASinkOfOneTopicPassesOverTheEventsOfOthers) {
  const auto add = [&](const std::string& name, Topic topic) {
    Event event = event_named(name);
    event.topic = topic;
    event.at = log_range(database()).value().last + 100;
    ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event}); }));
  };
  for (const char* name : {"a", "b", "c"}) add(name, Topic::metadata);
  add("dead", Topic::dead_letters);
  add("d", Topic::metadata);
  const auto keys = [](const TopicWindow& window) {
    std::string list;
    for (const Event& event : window.events) list += event.key + " ";
    return list;
  };
  const TopicWindow studies = read_topic_after(database(), Topic::metadata, 1, 10).value();
  EXPECT_EQ(keys(studies), "b c d ");
  EXPECT_EQ(studies.up_to, 5);
  EXPECT_FALSE(studies.more);
  const TopicWindow two = read_topic_after(database(), Topic::metadata, 0, 2).value();
  EXPECT_EQ(keys(two), "a b ");
  EXPECT_EQ(two.up_to, 2);
  EXPECT_TRUE(two.more);
  const TopicWindow letters = read_topic_after(database(), Topic::dead_letters, 0, 1).value();
  EXPECT_EQ(keys(letters), "dead ");
  EXPECT_EQ(letters.up_to, 5);
  EXPECT_EQ(read_topic_after(database(), Topic::dead_letters, 4, 10).value().up_to, 5);
  EXPECT_EQ(read_topic_after(database(), Topic::dead_letters, 5, 10).value().up_to, 5);
  EXPECT_EQ(backlog(database(), Topic::metadata, 2).value().events, 2);
  EXPECT_EQ(backlog(database(), Topic::metadata, 2).value().oldest_at, 102);
  EXPECT_EQ(backlog(database(), Topic::dead_letters, 2).value().events, 1);
  EXPECT_EQ(backlog(database(), Topic::dead_letters, 2).value().oldest_at, 103);
  EXPECT_EQ(backlog(database(), Topic::dead_letters, 4).value().events, 0);
  EXPECT_FALSE(backlog(database(), Topic::dead_letters, 4).value().oldest_at);
  EXPECT_EQ(backlog(database(), Topic::metadata, 9).value().events, 0);
  ASSERT_TRUE(database().write([](db::Transaction& t) { return t.script("delete from events where position = 3"); }));
  EXPECT_EQ(read_topic_after(database(), Topic::dead_letters, 1, 10).value().up_to, 2);
  EXPECT_EQ(read_topic_after(database(), Topic::dead_letters, 2, 10).error().code, Errc::gone);
}

TEST_P(CatalogContract, ALeaseHasOneHolderAndAnEpoch) {
  const Lease mine = take_sink(database(), {"main"}, "me", 10s, std::nullopt).value().value();
  EXPECT_FALSE(take_sink(database(), {"main"}, "you", 10s, std::nullopt).value());
  EXPECT_EQ(take_sink(database(), {"main"}, "me", 10s, mine.epoch).value()->epoch, mine.epoch);
  ASSERT_TRUE(advance_sink(database(), "main", mine.epoch, 5, 10s));
  ASSERT_TRUE(release_sink(database(), "main", "me"));
  const Lease yours = take_sink(database(), {"main"}, "you", 10s, std::nullopt).value().value();
  EXPECT_EQ(yours.position, 5);
  EXPECT_GT(yours.epoch, mine.epoch);
  EXPECT_EQ(advance_sink(database(), "main", mine.epoch, 6, 10s).error().code, Errc::stale);
  EXPECT_EQ(sink_position(database(), "main").value(), 5);
}

}  // namespace dmw::catalog
