#include "dimse/association_log.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/format.h"
#include "catalog/migrations.h"
#include "db/sqlite/sqlite.h"
#include "testing/away_database.h"
#include "testing/manual_clock.h"
#include "testing/scratch_folder.h"

namespace dmw::dimse {
namespace {

class AssociationLogTest : public ::testing::Test {
 protected:
  AssociationLogTest() { EXPECT_TRUE(catalog::migrate(*sqlite_)); }

  static catalog::Caller instance_of(const std::string& ae_title) {
    return {.source = "dimse", .calling_ae = ae_title, .peer = "10.1.2.3", .last_seen_at = 100, .instances = 1};
  }
  static catalog::Association refused(const std::string& ae_title) {
    catalog::Association association;
    association.calling_ae = ae_title;
    association.reason = "no";
    return association;
  }
  std::int64_t instances(const std::string& ae_title) {
    const auto known = catalog::caller(*sqlite_, {"dimse", ae_title}).value();
    return known ? known->instances : -1;
  }

  const ScratchFolder directory_;
  Metrics metrics_;
  std::unique_ptr<db::Database> sqlite_ = db::sqlite::open({.path = directory_ / "catalog.db"}).value();
  AwayDatabase catalog_{*sqlite_};
  ManualClock clock_;
  AssociationLog log_{catalog_, metrics_, clock_};
};

TEST_F(AssociationLogTest, KeepsItsNotesWhileTheCatalogIsAway) {
  log_.note(instance_of("CT01"));
  log_.note(refused("CT02"));
  catalog_.away = true;
  EXPECT_EQ(log_.pass().error().code, Errc::unavailable);
  log_.note(instance_of("CT01"));
  log_.note(refused("CT03"));
  catalog_.away = false;
  ASSERT_TRUE(log_.pass());
  EXPECT_EQ(instances("CT01"), 2);
  const auto ended = catalog::associations(*sqlite_, {}).value();
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_EQ(ended[1].calling_ae, "CT02");  // in the order in which they came
  ASSERT_TRUE(log_.pass());
  EXPECT_EQ(instances("CT01"), 2);
}

TEST_F(AssociationLogTest, ANoteThatTheCatalogRefusesKeepsNoOther) {
  const auto change = [&](const char* sql) {
    ASSERT_TRUE(sqlite_->write([&](db::Transaction& t) { return t.script(sql); }));
  };
  change(
      "create trigger a before insert on associations when new.calling_ae = 'CT02' begin select raise(abort, 'no'); "
      "end; create trigger b before insert on callers when new.calling_ae = 'CT02' begin select raise(abort, 'no'); "
      "end");
  for (const char* title : {"CT01", "CT02", "CT03", "CT04"}) {
    log_.note(instance_of(title));
    log_.note(refused(title));
  }
  EXPECT_EQ(log_.pass().error().code, Errc::refused) << "it is told";
  EXPECT_EQ(catalog::associations(*sqlite_, {})->size(), 3U);
  for (const char* title : {"CT01", "CT03", "CT04"}) EXPECT_EQ(instances(title), 1) << title;
  EXPECT_NE(metrics_.text().find("dicom_middleware_association_notes_dropped_total 2"), std::string::npos);
  ASSERT_TRUE(log_.pass());
  EXPECT_EQ(instances("CT01"), 1) << "nothing is written twice";
  // Where all are refused some are dropped in each pass, and none in vain is tried for long.
  change("create trigger c before insert on associations begin select raise(abort, 'no'); end");
  for (int i = 0; i < 40; ++i) log_.note(refused(format("AE{}", i)));
  EXPECT_FALSE(log_.pass());
  EXPECT_NE(metrics_.text().find("dicom_middleware_association_notes_dropped_total 34"), std::string::npos);
  change("drop trigger c");
  ASSERT_TRUE(log_.pass());
  EXPECT_EQ(catalog::associations(*sqlite_, {.limit = 100})->size(), 11U);
}

TEST_F(AssociationLogTest, TellsTheSameAgainOnce) {
  for (int i = 0; i < 5; ++i) log_.note(refused("CT01"));
  ASSERT_TRUE(log_.pass());
  const auto ended = catalog::associations(*sqlite_, {}).value();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].repeats, 4);
}

TEST_F(AssociationLogTest, TellsOfANamelessHostAtOnceAndThenOnceAnHour) {
  const auto scan = [&](const std::string& peer) {
    catalog::Association association = refused("");
    association.peer = peer;
    log_.note(std::move(association));
    EXPECT_TRUE(log_.pass());
  };
  const auto told = [&] { return catalog::associations(*sqlite_, {}).value(); };
  const auto lines_of = [](const std::string& text) { return std::ranges::count(text, '\n'); };
  testing::internal::CaptureStderr();
  for (int i = 0; i < 5; ++i) scan("10.1.2.3");
  scan("10.1.2.4");
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines_of(logged), 2) << logged;
  EXPECT_NE(logged.find("from 10.1.2.3, before it gave its AE title: "), std::string::npos) << logged;
  EXPECT_NE(logged.find("from 10.1.2.4"), std::string::npos) << logged;
  ASSERT_EQ(told().size(), 2U);
  clock_.advance(AssociationLog::nameless_interval);
  testing::internal::CaptureStderr();
  ASSERT_TRUE(log_.pass());
  const std::string later = testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines_of(later), 1) << later;
  EXPECT_NE(later.find("4 times more since"), std::string::npos) << later;
  ASSERT_EQ(told().size(), 3U);
  EXPECT_EQ(told()[0].peer, "10.1.2.3");
  EXPECT_EQ(told()[0].repeats, 3);  // it and three more, behind the one that was told
  scan("10.1.2.3");
  scan("10.1.2.3");
  ASSERT_EQ(told().size(), 4U);
  ASSERT_TRUE(log_.finish());
  EXPECT_EQ(told().size(), 5U);
}

TEST_F(AssociationLogTest, TellsOfSoManyNamelessHostsInAnHour) {
  for (std::size_t i = 0; i < AssociationLog::nameless_max + 3; ++i) {
    catalog::Association association = refused("");
    association.peer = format("10.1.2.{}", i);
    log_.note(std::move(association));
  }
  ASSERT_TRUE(log_.pass());
  EXPECT_EQ(catalog::associations(*sqlite_, {.limit = 2'000})->size(), AssociationLog::nameless_max);
  EXPECT_NE(metrics_.text().find("dicom_middleware_association_notes_dropped_total 3"), std::string::npos);
}

TEST_F(AssociationLogTest, DropsTheOldestBeyondItsBoundAndCountsThem) {
  for (std::size_t i = 0; i < AssociationLog::pending_max + 3; ++i) log_.note(refused(format("AE{}", i)));
  ASSERT_TRUE(log_.pass());
  const auto ended = catalog::associations(*sqlite_, {.limit = 2'000}).value();
  EXPECT_EQ(ended.size(), AssociationLog::pending_max);
  EXPECT_EQ(ended.back().calling_ae, "AE3");
  EXPECT_NE(metrics_.text().find("dicom_middleware_association_notes_dropped_total 3"), std::string::npos);
}

}  // namespace
}  // namespace dmw::dimse
