// One row that the database does not let go, or that something else has written over, keeps none of the others, for
// every database; see contract.h.
#pragma once

#include <gmock/gmock.h>

#include "catalog/associations.h"
#include "catalog/contract.h"
#include "catalog/old_rows.h"

namespace dmw::catalog {

using ::testing::HasSubstr;

class OldRowsContract : public CatalogContract {
 protected:
  void change(const std::string& sql) {
    const Result<> done = database().write([&](db::Transaction& t) { return t.script(sql); });
    ASSERT_TRUE(done) << done.error().message();
  }
  /// Rows for which `condition` says true, of the row `old`, are not let go.
  void refuse_to_delete(const std::string& table, const std::string& condition) {
    if (database().engine() == db::Engine::sqlite)
      return change(
          format("create trigger refusal before delete on {} when {} begin select raise(abort, 'it stays'); "
                 "end",
                 table, condition));
    change(
        format("create function refusal() returns trigger language plpgsql as $$ begin if {} then "
               "raise exception 'it stays'; end if; return old; end $$; create trigger refusal before delete on {} "
               "for each row execute function refusal()",
               condition, table));
  }
  void refuse_no_longer(const std::string& table) {
    change(database().engine() == db::Engine::sqlite ? "drop trigger refusal" : "drop trigger refusal on " + table);
  }

  void finish_requests(int count) {
    std::vector<NewRequest> wanted;
    for (int n = 0; n < count; ++n) wanted.push_back(study_request(format("s{}", n)));
    ASSERT_TRUE(Requests(database()).submit(wanted));
    change("update requests set state = 2, finished_at = 100");
  }
  /// All windows, as long as there are more. Returns why something stays.
  std::optional<Error> forget_all(Forgetting& forgetting, const OldRows& old, std::size_t at_once) {
    for (int windows = 0; windows < 100; ++windows) {
      const Forgotten done = forgetting.pass(database(), old, at_once).value();
      if (!done.more) return done.why;
      EXPECT_FALSE(done.why) << "it is not through";
    }
    ADD_FAILURE() << "no end";
    return std::nullopt;
  }
};

TEST_P(OldRowsContract, ARequestThatDoesNotGoKeepsNoOther) {
  finish_requests(40);
  change("update requests set finished_at = 200 where id = 40");
  refuse_to_delete("requests", "old.id in (1, 2, 3, 4, 5, 21)");
  Forgetting forgetting;
  // Each window is less than those at the front that stay.
  for (int round = 0; round < 2; ++round) {
    const std::optional<Error> why = forget_all(forgetting, finished_requests(150), 4);
    ASSERT_TRUE(why);
    EXPECT_EQ(why->code, Errc::refused);
    EXPECT_THAT(why->message(), HasSubstr("the removal of request 100 1"));
    EXPECT_EQ(number("select count(*) from requests"), 7);
  }
  refuse_no_longer("requests");
  EXPECT_FALSE(forget_all(forgetting, finished_requests(150), 4));
  EXPECT_EQ(number("select count(*) from requests"), 1);
}

TEST_P(OldRowsContract, WhereNoneGoesATryEndsSoonAndTheNextGoesOnBehindIt) {
  finish_requests(50);
  refuse_to_delete("requests", "old.id <= 40");
  Forgetting forgetting;
  Forgotten done = forgetting.pass(database(), finished_requests(150), 1'000).value();
  EXPECT_TRUE(done.why);
  EXPECT_FALSE(done.more);
  EXPECT_EQ(number("select count(*) from requests"), 50);
  done = forgetting.pass(database(), finished_requests(150), 1'000).value();
  EXPECT_EQ(done.rows, 10);
  ASSERT_TRUE(done.why);
  EXPECT_THAT(done.why->message(), HasSubstr("request 100 1")) << "the first since the beginning";
}

TEST_P(OldRowsContract, AnAssociationThatDoesNotGoKeepsNeitherOthersNorCallers) {
  std::vector<Association> ended(3);
  std::vector<Caller> strangers(3);
  for (std::size_t n = 0; n < ended.size(); ++n) {
    ended[n].correlation_id = Uuid::random();
    ended[n].ended_at = 100;
    strangers[n].source = "dimse";
    strangers[n].calling_ae = format("AE{}", n);
    strangers[n].last_seen_at = 100;
  }
  ASSERT_TRUE(note_associations(database(), ended, strangers));
  refuse_to_delete("associations", "old.id = 1");
  const AssociationRetention keep{150, 1'000, 1'000};
  EXPECT_THAT(Forgetting().pass(database(), ended_associations(keep), 10)->why->message(), HasSubstr("association 1"));
  EXPECT_EQ(number("select count(*) from associations"), 1);
  EXPECT_EQ(Forgetting().pass(database(), old_strangers(keep), 10)->rows, 3);
  refuse_no_longer("associations");
  if (database().engine() == db::Engine::postgres) change("drop function refusal");
  ASSERT_TRUE(note_associations(database(), {}, strangers));
  refuse_to_delete("callers", "old.calling_ae = 'AE1'");
  EXPECT_THAT(Forgetting().pass(database(), old_strangers(keep), 10)->why->message(), HasSubstr("caller dimse AE1"));
  EXPECT_EQ(number("select count(*) from callers"), 1);
}

TEST_P(OldRowsContract, EventsGoUpToTheOneThatDoesNot) {
  for (int n = 0; n < 10; ++n) {
    ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event_named(std::to_string(n))}); }));
  }
  refuse_to_delete("events", "old.position = 7");
  const Forgotten done = forget_events(database(), 1, 10).value();
  EXPECT_EQ(done.rows, 6);
  EXPECT_FALSE(done.more);
  ASSERT_TRUE(done.why);
  EXPECT_THAT(done.why->message(), HasSubstr("the removal of event 7"));
  EXPECT_EQ(read_after(database(), 6, 10)->size(), 4U) << "without a hole";
  refuse_no_longer("events");
  EXPECT_EQ(forget_events(database(), 1, 10)->rows, 4);
}

TEST_P(OldRowsContract, ASinkThatDoesNotGoKeepsNoOther) {
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(take_sink(database(), {name}, "me", 10s, std::nullopt).value());
    ASSERT_TRUE(release_sink(database(), name, "me"));
  }
  refuse_to_delete("sinks", "old.name = 'a'");
  const MicrosUtc later = SystemClock().now() + 1'000'000;
  const DroppedSinks dropped = drop_idle_sinks(database(), {}, later, -1s).value();
  EXPECT_EQ(dropped.names, (std::vector<std::string>{"b", "c"}));
  ASSERT_TRUE(dropped.why);
  EXPECT_THAT(dropped.why->message(), HasSubstr("the removal of sink a"));
}

TEST_P(OldRowsContract, ARequestThatCannotBeReadKeepsNoOther) {
  Requests requests(database());
  std::vector<NewRequest> wanted = {study_request("s1"), study_request("s2"), study_request("s3")};
  wanted[0].instances = {"i1"};
  ASSERT_TRUE(requests.submit(wanted));
  change("update requests set instances = 'no list' where study = 's1'");
  change("update requests set correlation_id = 'no uuid' where study = 's2'");
  ASSERT_EQ(requests.list({})->size(), 3U);
  EXPECT_THAT(requests.list({})->at(2).last_error, HasSubstr("the read of its instances"));
  EXPECT_TRUE(requests.submit(std::span(wanted).subspan(1, 1))->at(0).coalesced);
  for (int tried = 0; tried < 2; ++tried) {
    const std::vector<Request> claimed = requests.claim("orthanc", "me", 10, 60s).value();
    EXPECT_EQ(claimed.size(), tried == 0 ? 2U : 0U) << "it is parked";
  }
  EXPECT_EQ(number("select count(*) from requests where study = 's1' and holder is null and not_before > {now}"), 1);
  change("update requests set instances = '[\"i1\"]', not_before = 0 where study = 's1'");
  EXPECT_EQ(requests.claim("orthanc", "me", 10, 60s)->at(0).instances, std::vector<std::string>{"i1"});
  const std::string first = requests.list({})->at(2).request_id.text();
  change("update requests set study_uids = 'no list' where study = 's2'");
  EXPECT_EQ(requests.states(std::vector{first, requests.list({})->at(1).request_id.text()})->size(), 1U);
}

TEST_P(OldRowsContract, AnEventWithoutAnIdKeepsNoReaderFromTheNext) {
  for (const char* name : {"a", "b", "c"})
    ASSERT_TRUE(database().write([&](db::Transaction& t) { return append(t, {event_named(name)}); }));
  change("update events set event_id = 'no uuid' where position = 2");
  EXPECT_EQ(read_after(database(), 0, 10)->size(), 3U);
  EXPECT_EQ(read_after(database(), 1, 1)->at(0).event_id, read_after(database(), 1, 1)->at(0).event_id);
  EXPECT_EQ(read_topic_after(database(), Topic::metadata, 0, 10)->events.size(), 3U);
}

TEST_P(OldRowsContract, AVersionThatCannotBeReadKeepsNoOther) {
  record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.2", "b")});
  const bool is_sqlite = database().engine() == db::Engine::sqlite;
  change(format("update versions set dataset_sha256 = {} where sop_uid = '1.2.1.1'",
                is_sqlite ? "x'00'" : "decode('00', 'hex')"));
  Studies studies(database());
  const std::vector<VersionRow> listed = studies.versions(studies.get(StudyUid("1.2"))->value().id, {}).value();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].dataset_sha256, Sha256Digest());
  EXPECT_FALSE(studies.version(listed[0].id)) << "nothing is served by it";
  EXPECT_EQ(record({spooled("1.2", "1.2.1.1", "a"), spooled("1.2", "1.2.1.3", "c")}), (std::vector{conflict, first}))
      << "nothing is the same as it";
}

}  // namespace dmw::catalog
