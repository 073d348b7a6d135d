// A change that the database drops without an error, as a trigger or a rule of somebody does, is refused: whatever the
// catalog writes, for every database; see contract.h.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "catalog/adopting_contract.h"
#include "catalog/associations.h"
#include "catalog/clock_trust.h"
#include "catalog/contract.h"
#include "catalog/erasing_contract.h"
#include "catalog/inboxes.h"
#include "catalog/promotion.h"
#include "catalog/versions_contract.h"

namespace dmw::catalog {

class WritesContract : public CatalogContract {
 protected:
  void SetUp() override {
    CatalogContract::SetUp();
    is_sqlite_ = database().engine() == db::Engine::sqlite;
    if (is_sqlite_) return;
    change("create function quiet() returns trigger language plpgsql as $$ begin return null; end $$");
    change("create function put_back() returns trigger language plpgsql as $$ begin return old; end $$");
  }

  void change(const std::string& sql) {
    const Result<> done = database().write([&](db::Transaction& t) { return t.script(sql); });
    ASSERT_TRUE(done) << done.error().message();
  }

  /// While a change of a table ("insert studies") is dropped in silence `act` is refused in words that name the table;
  /// then it succeeds. "undo studies": its updates are done, with the old values; only PostgreSQL has triggers that do
  /// so.
  void expect_noticed(const std::vector<std::string>& changes, const std::function<Result<>()>& act) {
    for (const std::string& one : changes) {
      const std::string operation = one.substr(0, one.find(' '));
      const std::string table = one.substr(one.find(' ') + 1);
      const bool is_undone = operation == "undo";
      if (is_undone && is_sqlite_) continue;
      tables_.insert(table);
      change(is_sqlite_
                 ? format("create trigger quiet before {} on {} begin select raise(ignore); end", operation, table)
                 : format("create trigger quiet before {} on {} for each row execute function {}()",
                          is_undone ? "update" : operation, table, is_undone ? "put_back" : "quiet"));
      const Result<> done = act();
      change(is_sqlite_ ? "drop trigger quiet" : "drop trigger quiet on " + table);
      if (done) {
        ADD_FAILURE() << one << " is not noticed";
        continue;
      }
      EXPECT_EQ(done.error().code, Errc::refused) << one << ": " << done.error().message();
      EXPECT_THAT(done.error().message(), ::testing::HasSubstr(format("of the table {} without an error", table)));
    }
    const Result<> done = act();
    EXPECT_TRUE(done) << done.error().message();
  }
  template <typename Act>
  void expect_noticed_by(const std::vector<std::string>& changes, Act act) {
    expect_noticed(changes, [&]() -> Result<> {
      TRY(act());
      return {};
    });
  }

  Result<> record_one(const SpooledInstance& item, const std::set<std::string>& replaces = {}) {
    clock_.advance(std::chrono::milliseconds(1));
    TRY(Recorder(database(), clock_, replaces).record(std::vector{item}));
    return {};
  }
  Result<> publish_all() {
    std::vector<StudyRevision> revisions = TRY(untold_erasures(database(), 100)).revisions;
    std::vector<std::int64_t> ids;
    for (const Dirty& study : TRY(dirty_studies(database(), 100))) ids.push_back(study.study_id);
    if (revisions.empty()) revisions = TRY(read_revisions(database(), ids));
    std::vector<Settled> settled;
    for (const StudyRevision& revision : revisions) settled.push_back({&revision, event_named("e")});
    const std::vector<std::int64_t> published = TRY(publish(database(), epoch_, settled));
    EXPECT_EQ(published.size(), revisions.size());
    return {};
  }
  std::set<std::string> tables_of_catalog() {
    std::set<std::string> tables;
    const db::Rows rows =
        database()
            .read(is_sqlite_ ? "select name from sqlite_master where type = 'table' and name not like 'sqlite%'"
                             : "select cast(tablename as text) from pg_tables where schemaname = current_schema()")
            .value();
    for (const db::Row& row : rows) tables.insert(row.text(0));
    return tables;
  }

  void lead_and_record();
  void request_and_bury();
  void erase_and_remove();
  void keep_the_rest();
  void adopt();
  void forget();

  bool is_sqlite_ = false;
  std::int64_t epoch_ = 0;
  std::set<std::string> tables_;  // of which a dropped change was noticed
};

inline void WritesContract::lead_and_record() {
  expect_noticed({"insert leaders", "update leaders", "undo leaders"}, [&]() -> Result<> {
    epoch_ = TRY(lead(database(), settler_role, "me", 15s, std::nullopt)).value().epoch;
    return {};
  });
  std::int64_t sink = 0;
  expect_noticed({"insert sinks", "update sinks", "undo sinks"}, [&]() -> Result<> {
    sink = TRY(take_sink(database(), {"main"}, "me", 15s, std::nullopt)).value().epoch;
    return {};
  });
  SpooledInstance item = spooled("1.2", "1.2.1.1", "a");
  item.session.kind = SessionKind::orthanc;
  item.origin_resource = "i1";
  expect_noticed({"insert sessions", "insert studies", "insert series", "insert versions", "insert settling",
                  "insert source_instances"},
                 [&] { return record_one(item); });
  expect_noticed({"update studies", "update series", "update settling", "undo studies", "undo settling"},
                 [&] { return record_one(spooled("1.2", "1.2.1.2", "b")); });
  expect_noticed({"update versions", "update studies", "update series", "update settling", "undo versions"},
                 [&] { return record_one(spooled("1.2", "1.2.1.1", "another"), {"orthanc"}); });
  expect_noticed({"delete settling", "update studies", "update event_head", "insert events", "insert revisions",
                  "undo studies", "undo event_head"},
                 [&] { return publish_all(); });
  expect_noticed({"update sinks", "undo sinks"}, [&] { return advance_sink(database(), "main", sink, 1, 15s); });
  expect_noticed({"update sinks", "insert audit"},
                 [&] { return pass_over_sink(database(), "main", sink, 1, 15s, 0, "a reason"); });
  expect_noticed_by({"update sinks"}, [&] { return declare_sinks(database(), {{"main"}}, "me"); });
  PromotionOrder order{.version_id = number("select id from versions where not current"),
                       .attributes = item.header.attributes(),
                       .session = person(),
                       .actor = "anna",
                       .reason = "the first was right"};
  expect_noticed_by({"update versions", "update series", "update studies", "insert settling", "insert audit",
                     "undo versions", "undo studies"},
                    [&] { return promote(database(), order, 1'000); });
}

inline void WritesContract::request_and_bury() {
  Requests requests(database());
  const NewRequest wanted = study_request("s1");
  expect_noticed_by({"insert requests"}, [&] { return requests.submit(std::span(&wanted, 1)); });
  std::vector<Request> claimed;
  const auto claim = [&]() -> Result<> {
    claimed = TRY(requests.claim("orthanc", "me", 10, 60s));
    return {};
  };
  expect_noticed({"update requests", "undo requests"}, claim);
  ASSERT_EQ(claimed.size(), 1U);
  const std::vector<std::int64_t> ids = {claimed[0].id};
  expect_noticed({"update requests"}, [&] { return requests.extend("me", ids, 6'000s); });
  expect_noticed_by({"update requests"}, [&] { return requests.recover("me"); });
  expect_noticed({"update requests"}, claim);
  expect_noticed({"update requests"},
                 [&] { return requests.postpone({ids[0], "me"}, 0s, Error{Errc::unavailable, "it is away", {}}); });
  expect_noticed({"update requests"}, claim);
  expect_noticed({"update requests"}, [&] { return requests.release("me", ids); });
  expect_noticed({"update requests"}, claim);  // what is parked waits again
  FinishedRequest finished{.id = claimed.at(0).id,
                           .study_uids = {"1.2"},
                           .closes = true,
                           .study_tag = "t",
                           .source = "orthanc",
                           .study = "s1"};
  finished.again = NextLook{};
  expect_noticed_by({"update requests", "update settling", "insert source_studies", "insert requests"},
                    [&] { return requests.finish(std::span(&finished, 1)); });
  DeadLetters letters(database());
  Burial burial;
  burial.letter.id = Uuid::random();
  burial.letter.original_payload = "{}";
  burial.letter.origin_resource = "i7";
  burial.letter.stage = Stage::fetch;
  const auto bury = [&]() -> Result<> {
    TRY(letters.bury(std::span(&burial, 1), [](const DeadLetter&) { return event_named("dead"); }));
    return {};
  };
  expect_noticed({"insert dead_letters", "update event_head", "insert events"}, bury);
  expect_noticed({"update dead_letters", "undo dead_letters"}, bury);
  expect_noticed({"update dead_letters", "undo dead_letters"}, [&] {
    return letters.change_state(burial.letter.id, DeadLetterState::open, DeadLetterState::replaying);
  });
  SpooledInstance replay = spooled("1.3", "1.3.1.1", "c");
  replay.replay_of = burial.letter.id;
  expect_noticed({"update dead_letters", "undo dead_letters"}, [&] { return record_one(replay); });
  ASSERT_TRUE(bury());
  const std::vector<std::int64_t> numbers = {number("select number from dead_letters")};
  expect_noticed_by({"update dead_letters", "undo dead_letters", "insert audit"},
                    [&] { return letters.discard(numbers, "no", "anna"); });
  ASSERT_TRUE(bury());
  expect_noticed({"update dead_letters", "undo dead_letters"}, [&] {
    return database().write([](db::Transaction& t) -> Result<> {
      TRY(close_arrived(t, {"i7"}, "it has arrived"));
      return {};
    });
  });
}

inline void WritesContract::erase_and_remove() {
  expect_noticed_by({"insert erased_objects", "delete versions", "delete series", "delete settling",
                     "delete source_instances", "update studies", "insert sessions", "insert erasures", "insert audit",
                     "update erasure_head", "undo studies", "undo erasure_head"},
                    [&] { return erase_study(database(), "1.2", 1'000); });
  expect_noticed({"delete erasures", "update studies", "insert revisions"}, [&] { return publish_all(); });
  const std::vector<ObjectKey> keys = {
      ObjectKey(database().read("select object_key from erased_objects limit 1").value().at(0).text(0))};
  expect_noticed({"delete erased_objects"}, [&] { return reprieve(database(), keys); });
  expect_noticed({"delete erased_objects"}, [&]() -> Result<> {
    const RemoveObject remove = [](const ObjectKey&) -> Result<std::optional<Error>> { return std::nullopt; };
    const Removals done = TRY(remove_erased(database(), 10'000'000'000, 100, {}, remove));
    return done.refused.empty() ? Result<>() : std::unexpected(done.refused[0].second);
  });
}

inline void WritesContract::keep_the_rest() {
  const auto read_to = [&](std::int64_t position) {
    return database().write([&](db::Transaction& t) { return write_cursor(t, "orthanc", {.position = position}); });
  };
  expect_noticed({"insert cursors"}, [&] { return read_to(7); });
  expect_noticed({"update cursors", "undo cursors"}, [&] { return read_to(8); });
  expect_noticed({"insert source_backfills"}, [&] { return write_backfill(database(), "orthanc", "all", ""); });
  expect_noticed({"update source_backfills", "undo source_backfills"},
                 [&] { return write_backfill(database(), "orthanc", "none", "20260131T120000"); });
  expect_noticed({"insert inboxes"},
                 [&] { return beat(database(), {.replica_id = "r", .host = "h", .directory = "d"}); });
  expect_noticed_by({"update clock"}, [&] { return ClockTrust(database(), clock_).time(); });
  const std::vector<Association> ended(1);
  std::vector<Caller> callers(1);
  callers[0].source = "dimse";
  callers[0].calling_ae = "AE";
  expect_noticed({"insert associations", "insert callers"},
                 [&] { return note_associations(database(), ended, callers); });
  expect_noticed({"insert catalog_info"}, [&] { return bind_store(database(), "store-a"); });
  std::int64_t turn = 0;
  const auto take = [&]() -> Result<> {
    turn = TRY(take_turn(database(), epoch_, turn));
    return {};
  };
  expect_noticed({"insert catalog_info"}, take);
  expect_noticed({"update catalog_info", "undo catalog_info"}, take);
}

inline void WritesContract::adopt() {
  expect_noticed({"insert catalog_info"}, [&] { return begin_adoption(database()); });
  StoredStudy study = stored("1.9", 4);
  std::int64_t id = 0;
  const auto adopt = [&]() -> Result<> {
    id = TRY(adopt_study(database(), study, 1'000, 2'000)).id;
    return {};
  };
  expect_noticed({"insert studies", "update studies", "undo studies", "insert adopted_objects"}, adopt);
  ASSERT_TRUE(record_one(spooled("1.9", "1.9.1.1", "a")));
  const std::vector<std::string> uids = {"1.9.1.1"};
  expect_noticed({"update versions", "undo versions", "delete settling"},
                 [&] { return are_published(database(), id, 4, uids); });
  ASSERT_TRUE(record_one(spooled("1.9", "1.9.1.2", "b")));
  study.erased_revision = study.revision = 6;
  study.condemned = study.manifests;
  expect_noticed({"delete versions", "delete series", "delete settling", "delete adopted_objects", "update studies",
                  "insert erased_objects"},
                 adopt);
  expect_noticed({"update leaders", "update event_head", "delete catalog_info", "update catalog_info", "undo leaders",
                  "undo event_head", "undo catalog_info"},
                 [&] { return finish_adoption(database(), "store-a", 1'000, 1'000, 1'000); });
}

inline void WritesContract::forget() {
  const auto pass = [&](const OldRows& old) -> Result<> {
    const Forgotten done = TRY(Forgetting().pass(database(), old, 100));
    return done.why ? Result<>(std::unexpected(*done.why)) : Result<>();
  };
  const MicrosUtc later = SystemClock().now() + 1'000'000;
  expect_noticed({"delete requests"}, [&] { return pass(finished_requests(later)); });
  const AssociationRetention keep{1, 0, 0};
  expect_noticed({"delete associations"}, [&] { return pass(surplus_associations(keep)); });
  expect_noticed({"delete callers"}, [&] { return pass(old_strangers(keep)); });
  EXPECT_EQ(number("select count(*) from associations") + number("select count(*) from callers"), 0);
  expect_noticed({"delete events"}, [&]() -> Result<> {
    const Forgotten done = TRY(forget_events(database(), later, 100));
    return done.why ? Result<>(std::unexpected(*done.why)) : Result<>();
  });
  ASSERT_TRUE(release_sink(database(), "main", "me"));
  expect_noticed({"delete sinks"}, [&]() -> Result<> {
    const DroppedSinks dropped = TRY(drop_idle_sinks(database(), {}, later, -1s));
    return dropped.why ? Result<>(std::unexpected(*dropped.why)) : Result<>();
  });
}

TEST_P(WritesContract, WhatIsDroppedWithoutAnErrorIsRefused) {
  lead_and_record();
  request_and_bury();
  erase_and_remove();
  keep_the_rest();
  adopt();
  forget();
  std::set<std::string> tables = tables_of_catalog();
  // Written by the migrations alone.
  for (const char* table : {"dmw_schema", "flag_names"}) tables.erase(table);
  EXPECT_EQ(tables_, tables) << "a table of which nothing is tried here";
}

}  // namespace dmw::catalog
