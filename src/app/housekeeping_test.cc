// Housekeeping, while one table or one row refuses.
#include "app/housekeeping.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "catalog/associations.h"
#include "catalog/migrations.h"
#include "db/sqlite/sqlite.h"
#include "dicom/part10.h"
#include "inbox/inbox.h"
#include "testing/away_database.h"
#include "testing/manual_clock.h"
#include "testing/scratch_folder.h"

namespace dmw::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class HousekeepingTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(catalog::migrate(*sqlite_));
    inbox_ =
        inbox::Inbox::open(
            {.directory = directory_ / "inbox", .limit_bytes = 0, .reserve_bytes = 0, .locate = dicom::dataset_offset},
            clock_)
            .value();
    housekeeping_.emplace(database_, *inbox_, clock_, *trust_, metrics_, std::chrono::days(90),
                          Housekeeping::Named{.sinks = {}, .askable_sources = {"orthanc"}});
  }
  void change(const std::string& sql) {
    const Result<> done = sqlite_->write([&](db::Transaction& t) { return t.script(sql); });
    ASSERT_TRUE(done) << done.error().message();
  }
  std::int64_t number(const std::string& sql) { return sqlite_->read(sql).value().at(0).integer(0); }
  /// Two of each kind that are old.
  void fill() {
    for (const char* id : {"a", "b"}) {
      change(
          format("insert into requests(request_id, source, study, closes, priority, state, correlation_id, created_at, "
                 "updated_at, finished_at) values ('{}', 'orthanc', '{}', 1, 0, 2, '{}', 1, 1, 1)",
                 id, id, id));
    }
    catalog::Caller stranger;
    stranger.calling_ae = "CT";
    ASSERT_TRUE(catalog::note_associations(*sqlite_, std::vector<catalog::Association>(2), {&stranger, 1}));
  }
  std::string passes(int count) {
    testing::internal::CaptureStderr();
    for (int n = 0; n < count; ++n) {
      const Result<bool> passed = housekeeping_->pass();
      EXPECT_TRUE(passed) << passed.error().message();
      clock_.advance(10s);
    }
    return testing::internal::GetCapturedStderr();
  }

  const ScratchFolder directory_;
  std::unique_ptr<db::Database> sqlite_ = db::sqlite::open({.path = directory_ / "catalog.db"}).value();
  AwayDatabase database_{*sqlite_};
  ManualClock clock_;
  Metrics metrics_;
  std::unique_ptr<inbox::Inbox> inbox_;
  std::optional<catalog::ClockTrust> trust_{std::in_place, database_, clock_};
  std::optional<Housekeeping> housekeeping_;
};

TEST_F(HousekeepingTest, AGaugeThatTheCatalogCannotTellKeepsNoOther) {
  housekeeping_.emplace(database_, *inbox_, clock_, *trust_, metrics_, std::chrono::days(90),
                        Housekeeping::Named{.sinks = {{.name = "main"}}, .askable_sources = {}});
  change(
      "insert into dead_letters(id, stage, cause, detail, advice, first_failed_at, last_failed_at, source, "
      "correlation_id, original_payload) values ('a', 'fetch', 'gone', '', '', 1, 1, 'orthanc', 'c', '{}')");
  const std::string letters = "dicom_middleware_dead_letters_open{stage=\"fetch\"} 1\n";
  const std::string lag = "dicom_middleware_sink_lag_events{sink=\"main\"} 0\n";
  const std::string depth = "dicom_middleware_lane_depth{lane=\"requests\"} 0\n";
  for (const char* table : {"requests", "events"}) {
    metrics_.gauges("dicom_middleware_dead_letters_open", "").with({{"stage", "fetch"}}).set(7);
    change(format("alter table {} rename to elsewhere", table));
    EXPECT_FALSE(housekeeping_->look_at_catalog()) << table;
    housekeeping_->refresh_metrics();
    EXPECT_THAT(metrics_.text(), HasSubstr(letters)) << table;
    EXPECT_THAT(metrics_.text(), HasSubstr(table == std::string("events") ? depth : lag));
    change(format("alter table elsewhere rename to {}", table));
  }
  EXPECT_TRUE(housekeeping_->look_at_catalog());
}

TEST_F(HousekeepingTest, RequestsOfASourceThatWasTakenOutAreToldOnce) {
  for (const char* source : {"orthanc", "orthanc.b"}) {
    change(
        format("insert into requests(request_id, source, study, closes, priority, correlation_id, created_at, "
               "updated_at) values ('{0}', '{0}', 's', 1, 0, 'c', 1, 1)",
               source));
  }
  const std::string said = passes(3);
  EXPECT_THAT(said, HasSubstr("1 request waits for orthanc.b, which no program has in its settings"));
  EXPECT_EQ(std::ranges::count(said, '\n'), 1) << said;
  change("insert into leaders(role, holder, leased_until) values ('poller/orthanc.b', 'it', 9000000000000000)");
  EXPECT_EQ(passes(1), "") << "another program serves it";
  change("delete from leaders");
  EXPECT_THAT(passes(1), HasSubstr("1 request waits for orthanc.b"));
}

TEST_F(HousekeepingTest, AStepThatIsRefusedKeepsNoOther) {
  fill();
  change(
      "create trigger a before insert on inboxes begin select raise(abort, 'no inboxes'); end;"
      "create trigger b before delete on requests when old.id = 1 begin select raise(abort, 'no request'); end;"
      "create trigger c before delete on callers begin select raise(abort, 'no caller'); end");
  const std::string said = passes(40);
  EXPECT_EQ(number("select count(*) from requests"), 1);
  EXPECT_EQ(number("select count(*) from associations"), 0);
  EXPECT_EQ(number("select count(*) from callers"), 1);
  EXPECT_EQ(housekeeping_->aside().count(), 3U);
  EXPECT_THAT(said, HasSubstr("the heartbeat of the inbox waits for a retry; other work continues: "));
  EXPECT_THAT(said, HasSubstr("the removal of old requests waits for a retry; other work continues: "));
  EXPECT_EQ(std::ranges::count(said, '\n'), 3) << "each once: " << said;
  EXPECT_THAT(housekeeping_->aside().state()->reason, HasSubstr("the heartbeat of the inbox: SQLite: no inboxes"));
  EXPECT_THAT(metrics_.text(), HasSubstr("dicom_middleware_lane_put_aside{lane=\"housekeeping\"} 3\n"));
  change("drop trigger a; drop trigger b; drop trigger c");
  clock_.advance(1h);
  passes(1);
  EXPECT_FALSE(housekeeping_->aside().state());
  EXPECT_EQ(number("select count(*) from requests"), 0);
}

TEST_F(HousekeepingTest, AnotherReasonIsToldAgain) {
  change("create trigger a before insert on inboxes begin select raise(abort, 'the first reason'); end");
  EXPECT_THAT(passes(20), HasSubstr("the first reason"));
  change("drop trigger a; create trigger a before insert on inboxes begin select raise(abort, 'the second'); end");
  clock_.advance(1h);
  const std::string said = passes(20);
  EXPECT_THAT(said, HasSubstr("the second"));
  EXPECT_EQ(std::ranges::count(said, '\n'), 1) << said;
}

TEST_F(HousekeepingTest, ADatabaseThatIsAwayIsNoFaultOfAStep) {
  database_.away = true;
  EXPECT_EQ(housekeeping_->pass().error().code, Errc::unavailable);
  EXPECT_FALSE(housekeeping_->aside().state());
}

}  // namespace
}  // namespace dmw::app
