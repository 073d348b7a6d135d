// A catalog that has grown: what is asked of it often, or by people, reads what it answers with, not a whole table and
// not a whole index. PostgreSQL tells the pages that each statement touched, SQLite the indexes that it goes through.
// The table is filled so that a plan made for evenly spread rows is the wrong one: what is looked for is rare, or lies
// at the far end.
#pragma once

#include "catalog/associations.h"
#include "catalog/contract.h"
#include "catalog/erasing.h"
#include "catalog/event_search.h"
#include "db/test_explained.h"

namespace dmw::catalog {

/// Names of indexes that SQLite has to use; PostgreSQL has the choice, it is judged by the pages.
using Indexes = std::vector<std::string>;

class GrowthContract : public ::testing::TestWithParam<db::testing::Open> {
 protected:
  static constexpr std::int64_t studies = 30'000;
  static constexpr std::size_t page = 10;  // rows of a list
  /// A page of a list touches some 20 for each row. A whole table has more.
  static constexpr std::int64_t pages_max = 400;

  void SetUp() override {
    opened_ = GetParam()();
    ASSERT_TRUE(migrate(database()));
    fill();
  }

  db::Database& database() { return opened_->database(); }

  void run(const std::string& sql) {
    const Result<> done = database().write([&](db::Transaction& t) { return t.script(sql); });
    ASSERT_TRUE(done) << done.error().message();
  }

  /// Study n is of the source old, in the modality XA, by the AE title OLD when it is one of the first half.
  void fill() {
    const std::string numbers =
        format("with recursive n(n) as (select 1 union all select n + 1 from n where n < {}) ", studies);
    const std::string half = format("{}", studies / 2);
    const std::string hour = "3600000000";
    run("insert into studies(correlation_id, study_instance_uid, patient_id, accession_number, source, calling_ae, "
        "study_day, received_at, last_received_at, updated_at, revision, instance_count, series_count, flags) " +
        numbers + "select 'c', '1.2.' || n, 'P' || n / 2, 'A' || n, case when n <= " + half +
        " then 'old' when n % 10000 = 0 then "
        "'rare' else 'new' end, case when n <= " +
        half +
        " then 'OLD' else 'NEW' end, "
        "cast(case when n <= " +
        half + " then '2020-01-31' else '2026-01-31' end as date), n, n, n * " + hour +
        " / 100, 1, 2, 2, case when n = 7 then 1 when n in (8, 20000) then 32768 + 2048 when n > " + half +
        " then 2048 else 0 end from n");
    run("insert into series(study_id, instance_count, series_uid, modality) " + numbers +
        "select n, 1, '1.2.' || n || '.1', case when n <= " + half +
        " then 'XA' when n % 10000 = 0 then 'PT' else 'CT' "
        "end from n; insert into series(study_id, instance_count, series_uid, modality) " +
        numbers + "select n, 1, '1.2.' || n || '.2', case when n <= " + half + " then 'XA' else 'CT' end from n");
    const std::string version = numbers + "select n, n, 1, 1, 1, 1, 1, 1, 'c', 't', '1.2.' || n || '.1.'";
    for (const char* sop : {"1", "2", "3"}) {
      run("insert into versions(study_id, series_id, session_id, size_bytes, prefix_bytes, header_bytes, received_at, "
          "revision, sop_class, transfer_syntax, sop_uid, dataset_sha256, prefix_sha256, chunk_crc32c) " +
          version + " || '" + sop + "', cast('12345678901234567890123456789012' as " + bytes() +
          "), "
          "cast('12345678901234567890123456789012' as " +
          bytes() + "), cast('1234' as " + bytes() + ") from n");
    }
    run("insert into requests(request_id, source, study, closes, priority, state, correlation_id, created_at, "
        "updated_at, "
        "finished_at) " +
        numbers +
        "select '00000000-0000-4000-8000-' || (100000000000 + n), 'busy', 's' || n, true, 1, case when n <= 20 then 3 "
        "when n > 29000 then 0 else 2 end, "
        "'00000000-0000-4000-8000-000000000000', 1, 1, case when n <= 29000 then 1 end from n; "
        "update requests set source = 'idle' where id > 29990");
    run("insert into dead_letters(id, stage, cause, detail, advice, first_failed_at, last_failed_at, state, source, "
        "correlation_id, original_payload, study_uid) " +
        numbers +
        "select 'd' || n, case when n > 29000 then 'record' else 'fetch' end, case when n > 29000 then 'refused' else "
        "'gone' end, 'in words', 'in words', n, n, case when n > 29000 then 0 else 3 end, case when n > 29000 then "
        "'new' "
        "else 'old' end, 'c', '{}', '1.2.' || n from n");
    run("insert into events(position, event_id, at, topic, key, headers, body) " + numbers +
        "select n, '00000000-0000-4000-8000-' || (100000000000 + n), 1000 * n, case when n <= " + half +
        " then 2 else 1 end, '1.2.' || n / 2, case when n <= " + half +
        " then '{\"ce_type\":\"item.set_aside\"}' else '{\"ce_type\":\"study.updated\"}' end, '{}' from n; "
        "update event_head set position = (select max(position) from events)");
    run("insert into erased_objects(object_key, due_at, study_id) " + numbers + "select 'k' || n, n, n from n");
    run("insert into associations(correlation_id, started_at, ended_at, calling_ae, called_ae, peer, outcome, reason, "
        "instances, refused_instances, size_bytes) " +
        numbers + "select 'c', n, n, case when n <= " + half +
        " then 'OLD' else 'NEW' end, 'DMW', 'p', 1, 'r', 0, 0, 0 from n");
  }

  std::string bytes() { return database().engine() == db::Engine::postgres ? "bytea" : "blob"; }

  /// What `act` reads, before the engine knows its tables and after.
  template <typename Act>
  void expect_little_read(const std::string& what, const Indexes& indexes, Act act, std::string_view but_for = {}) {
    db::testing::ExplainedDatabase explained(database());
    const auto done = act(static_cast<db::Database&>(explained));
    ASSERT_TRUE(done) << what << ": " << done.error().message();
    ASSERT_FALSE(explained.plans.told.empty()) << what;
    std::string plan = explained.plans.text();
    if (const std::size_t at = plan.find(but_for); !but_for.empty() && at != std::string::npos)
      plan.erase(at, but_for.size());
    EXPECT_LE(explained.plans.pages_most, pages_max) << what << "\n" << plan;
    if (database().engine() == db::Engine::postgres) return;
    for (const std::string& index : indexes)
      EXPECT_NE(plan.find(" INDEX " + index + " ("), std::string::npos) << what << "\n" << plan;
    for (const char* whole : {"SCAN s", "SCAN v", "SCAN requests", "SCAN next", "SCAN dead_letters",
                              "SCAN erased_objects", "SCAN associations", "SCAN events"}) {
      EXPECT_EQ(plan.find(whole), std::string::npos) << what << "\n" << plan;
    }
    sorts_ = plan.find("B-TREE FOR ORDER BY") != std::string::npos;
  }

  void list_studies(const std::string& what, const std::string& index, StudyFilter filter) {
    filter.limit = page;
    expect_little_read(what, {index}, [&](db::Database& explained) { return Studies(explained).list(filter); });
    EXPECT_FALSE(sorts_) << what;
  }
  void list_letters(const std::string& what, const std::string& index, DeadLetterFilter filter) {
    filter.limit = page;
    expect_little_read(what, {index}, [&](db::Database& explained) { return DeadLetters(explained).list(filter); });
    EXPECT_FALSE(sorts_) << what;
  }

  void ask_everything();

 private:
  std::unique_ptr<db::testing::Opened> opened_;
  bool sorts_ = false;  // SQLite, in the last act: all rows are read before the first is known
};

inline void GrowthContract::ask_everything() {
  for (const char* source : {"old", "rare", "none"})
    list_studies(format("source={}", source), "studies_source", {.source = source});
  list_studies("calling_ae=", "studies_ae", {.calling_ae = "OLD"});
  for (const char* modality : {"XA", "PT", "none"})
    list_studies(format("modality={}", modality), "series_modality", {.modality = modality});
  list_studies("study_date=", "studies_day", {.first_day = "2020-01-01", .last_day = "2020-12-31"});
  // Flags: alone and together, rare ones and such as half of the studies have.
  for (const Flags flags :
       {Flags(Flag::conflict), Flags(Flag::promoted), Flags(Flag::no_meta), Flags(Flag::no_meta) | Flag::promoted}) {
    for (const std::int64_t cursor : {0LL, 15'000LL}) {
      const StudyFilter filter{.flags = flags, .cursor = cursor, .limit = page};
      expect_little_read("flags=", {"studies_flags"},
                         [&](db::Database& explained) { return Studies(explained).list(filter); });
    }
  }
  // The first page, the last one, and one behind the last.
  const MicrosUtc since = 290LL * 3'600'000'000;
  list_studies("updated_since=", "studies_updated", {.updated_since = since});
  for (const std::int64_t last : {29'001, 29'050}) {
    StudyFilter filter{.updated_since = since};
    StudyRow row;
    row.id = last;
    row.updated_at = last * 36'000'000;
    filter.cursor = next_cursor(filter, row);
    list_studies("updated_since=, a later page", "studies_updated", filter);
  }
  for (const std::int64_t study : {1LL, 15'000LL, 30'000LL}) {
    for (const std::int64_t after : {0LL, 50'000LL}) {
      expect_little_read("instances of a study", {"versions_study"}, [&](db::Database& explained) {
        return Studies(explained).versions(study, {.after_id = after, .limit = page});
      });
    }
  }
  expect_little_read("failed requests", {"requests_state"}, [&](db::Database& explained) {
    return Requests(explained).list({.state = RequestState::failed, .limit = page});
  });
  expect_little_read("the depth of the requests", {"requests_state"},
                     [](db::Database& explained) { return Requests(explained).depth(); });
  expect_little_read("a claim of a source with little to do, beside a busy one", {"requests_next"},
                     [](db::Database& explained) { return Requests(explained).claim("idle", "test", 5, 60s); });
  list_letters("dead letters, state=", "dead_letters_state", {.state = DeadLetterState::open});
  list_letters("dead letters, cause=", "dead_letters_cause", {.cause = "refused"});
  list_letters("dead letters, source=", "dead_letters_source", {.source = "new"});
  list_letters("dead letters, stage=", "dead_letters_stage", {.stage = "record"});
  list_letters("dead letters, study=", "dead_letters_study", {.study = "1.2.15000"});
  // Of an index that has those alone, which is read whole.
  expect_little_read(
      "open dead letters", {}, [](db::Database& explained) { return DeadLetters(explained).count_open(); },
      "SCAN dead_letters USING COVERING INDEX dead_letters_open_stage");
  expect_little_read("postponed removals", {"erased_objects_postponed"},
                     [](db::Database& explained) { return count_postponed_removals(explained); });
  expect_little_read("associations, calling_ae=", {"associations_ae"}, [](db::Database& explained) {
    return associations(explained, {.calling_ae = "OLD", .limit = page});
  });
  for (const auto& [index, filter] : std::vector<std::pair<std::string, EventFilter>>{
           {"events_type", {.type = "study.updated"}},
           {"events_type", {.type = "none"}},
           {"events_key", {.study = "1.2.15000"}},
           {"", {.since = 39'000'000}},
           {"", {.until = 1'000}},
           {"events_type", {.since = 39'000'000, .type = "study.updated"}}}) {
    expect_little_read("events, " + index, index.empty() ? Indexes{} : Indexes{index},
                       [&](db::Database& explained) { return find_events(explained, filter, 0, page); });
  }
  expect_little_read("old associations", {"associations_ended"}, [](db::Database& explained) {
    return Forgetting().pass(explained, ended_associations({0, 1'000'000, 1'000}), 100);
  });
}

TEST_P(GrowthContract, ReadsWhatItAnswersWith) {
  ask_everything();
  run("analyze");
  ask_everything();
}

}  // namespace dmw::catalog
