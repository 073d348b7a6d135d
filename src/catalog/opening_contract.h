// What both engines keep of the opening of the catalog, and of the clock that is believed.
#pragma once

#include <algorithm>

#include "catalog/clock_trust.h"
#include "catalog/contract.h"
#include "catalog/gate.h"
#include "catalog/inboxes.h"
#include "testing/away_database.h"
#include "testing/manual_clock.h"

namespace dmw::catalog {

class OpeningContract : public CatalogContract {
 protected:
  void SetUp() override {
    CatalogContract::SetUp();
    auto shared = std::make_unique<AwayDatabase>(database());
    shared_ = shared.get();
    gate_ = std::make_unique<Gate>(std::move(shared), [this](db::Database& opened, const SchemaState&) {
      ++bound_;
      return bind_store(opened, store_);
    });
  }
  void script(const char* sql) {
    ASSERT_TRUE(database().write([&](db::Transaction& t) { return t.script(sql); }));
  }
  Errc code_of_read() {
    const Result<db::Rows> rows = gate_->read("select 1");
    return rows ? Errc::gone : rows.error().code;
  }

  std::string store_ = "store-a";
  int bound_ = 0;
  AwayDatabase* shared_ = nullptr;
  std::unique_ptr<Gate> gate_;
};

TEST_P(OpeningContract, NothingReachesACatalogThatIsNotOpen) {
  shared_->away = true;
  EXPECT_EQ(code_of_read(), Errc::unavailable);
  EXPECT_FALSE(gate_->state().asked);
  EXPECT_EQ(gate_->probe().error().what, "the server is away");
  EXPECT_TRUE(gate_->state().asked);
  EXPECT_EQ(gate_->admit().error().what, "the server is away");
  shared_->away = false;
  EXPECT_EQ(code_of_read(), Errc::unavailable) << "it answers, and nobody has looked which catalog it is";
  ASSERT_TRUE(gate_->probe());
  EXPECT_EQ(code_of_read(), Errc::gone);
  EXPECT_EQ(gate_->catalog_id(), migrate(database()).value().catalog_id);
  ASSERT_TRUE(gate_->probe());
  EXPECT_EQ(bound_, 1);
}

TEST_P(OpeningContract, TellsOnceThatTheCatalogIsAwayAndThatItIsBack) {
  const auto told_by_probes = [&](bool away) {
    shared_->away = away;
    testing::internal::CaptureStderr();
    for (int n = 0; n < 3; ++n) EXPECT_EQ(gate_->probe().has_value(), !away);
    std::string lines = testing::internal::GetCapturedStderr();
    EXPECT_LE(std::ranges::count(lines, '\n'), 1) << lines;
    return lines;
  };
  EXPECT_NE(told_by_probes(true).find("catalog away  the server is away; trying again"), std::string::npos);
  EXPECT_NE(told_by_probes(false).find("; back after 0 s"), std::string::npos) << "with its schema";
  EXPECT_EQ(told_by_probes(false), "");
  EXPECT_NE(told_by_probes(true).find("catalog away  the server is away"), std::string::npos) << "while it was open";
  EXPECT_NE(told_by_probes(false).find("catalog  back after 0 s"), std::string::npos);
}

TEST_P(OpeningContract, AnotherStoreKeepsItShutUntilThatIsCorrected) {
  ASSERT_TRUE(bind_store(database(), "store-b"));
  const Result<> refused = gate_->probe();
  EXPECT_EQ(refused.error().code, Errc::unavailable) << "it never ends the program";
  EXPECT_NE(refused.error().what.find("store-b"), std::string::npos) << refused.error().what;
  EXPECT_EQ(code_of_read(), Errc::unavailable);
  store_ = "store-b";
  EXPECT_TRUE(gate_->probe());
  EXPECT_EQ(code_of_read(), Errc::gone);
}

TEST_P(OpeningContract, ANewerProgramThatChangesTheSchemaShutsIt) {
  ASSERT_TRUE(gate_->probe());
  script("insert into dmw_schema(version) values (999)");
  const Result<> refused = gate_->probe();
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_NE(refused.error().what.find("start the newer program again"), std::string::npos);
  EXPECT_EQ(code_of_read(), Errc::unavailable);
  const Result<> rehearsed = Recorder(*gate_, clock_, {}).rehearse();
  EXPECT_EQ(rehearsed.error().code, Errc::unavailable);
  script("delete from dmw_schema where version = 999");
  EXPECT_TRUE(gate_->probe());
  EXPECT_EQ(code_of_read(), Errc::gone);
}

TEST_P(OpeningContract, ACatalogThatIsAnotherThanBeforeIsShut) {
  ASSERT_TRUE(gate_->probe());
  script(
      "create table before as select * from catalog_info; update catalog_info set value = "
      "'00000000-0000-4000-8000-000000000000' where key = 'catalog_id'");
  EXPECT_EQ(gate_->probe().error().code, Errc::unavailable);
  EXPECT_EQ(code_of_read(), Errc::unavailable);
  script("alter table catalog_info rename to gone");
  EXPECT_EQ(gate_->probe().error().code, Errc::unavailable);
  script("alter table before rename to catalog_info");
  EXPECT_TRUE(gate_->probe());
}

TEST_P(OpeningContract, ASilentReplicaThatDidNotSayFarewellHasAnUnknownNumberOfInstances) {
  const auto silent = [&](std::int64_t items, bool is_final) {
    const InboxHeartbeat inbox{"r", "host", "/inbox", items, 0, is_final};
    EXPECT_TRUE(beat(database(), inbox));
    EXPECT_TRUE(stranded_inboxes(database()).value().empty()) << "it was heard of just now";
    script("update inboxes set heartbeat_at = heartbeat_at - 121000000");
    return stranded_inboxes(database()).value();
  };
  EXPECT_EQ(silent(0, false).size(), 1U);
  EXPECT_FALSE(silent(0, false).at(0).is_final);
  EXPECT_EQ(silent(0, true).size(), 0U);
  EXPECT_EQ(silent(2, true).size(), 1U);
}

class ClockTrustContract : public CatalogContract {
 protected:
  /// A process that looks every minute of `running`.
  bool believes_after(ClockTrust& trust, std::chrono::minutes running) {
    bool believed = false;
    for (auto ran = std::chrono::minutes(0); ran <= running; ran += std::chrono::minutes(30)) {
      believed = trust.time().value().has_value();
      clock_.advance(std::chrono::minutes(30));
    }
    return believed;
  }
  void jump(std::chrono::hours by) { clock_.set_wall(clock_.now() + std::chrono::microseconds(by).count()); }
};

TEST_P(ClockTrustContract, AClockThatWasAheadForAMinuteIsNotBelievedForADay) {
  ClockTrust trust(database(), clock_);
  EXPECT_EQ(trust.time().value(), clock_.now()) << "a new catalog has nothing to lose";
  EXPECT_TRUE(believes_after(trust, 2h));
  jump(100 * 24h);
  EXPECT_FALSE(trust.time().value());
  clock_.advance(60s);
  EXPECT_FALSE(trust.time().value());
  jump(-100 * 24h);
  EXPECT_FALSE(believes_after(trust, 23h));
  EXPECT_TRUE(believes_after(trust, 2h));
  clock_.advance(std::chrono::hours(30 * 24));
  EXPECT_TRUE(trust.time().value()) << "the catalog was away, and the clock went along";
}

TEST_P(ClockTrustContract, WhatTheCatalogKeptIsComparedByTheNextProcess) {
  EXPECT_TRUE(ClockTrust(database(), clock_).time().value());
  clock_.advance(59min);
  EXPECT_TRUE(ClockTrust(database(), clock_).time().value());
  jump(100 * 24h);
  ClockTrust ahead(database(), clock_);
  EXPECT_FALSE(believes_after(ahead, 12h));
  ClockTrust next(database(), clock_);
  EXPECT_FALSE(believes_after(next, 11h)) << "time of running counts on, time without it does not";
  EXPECT_TRUE(believes_after(next, 3h));
}

TEST_P(ClockTrustContract, TwoReplicasThatDisagreeBelieveNeitherClock) {
  ManualClock other_clock;
  other_clock.set_wall(clock_.now() + std::chrono::microseconds(100 * 24h).count());
  ClockTrust one(database(), clock_);
  ClockTrust other(database(), other_clock);
  EXPECT_TRUE(one.time().value());
  EXPECT_FALSE(other.time().value());
  clock_.advance(10s);
  EXPECT_FALSE(one.time().value());
}

TEST_P(ClockTrustContract, ACatalogWithEventsBeginsWithTheNewestOne) {
  Event event = event_named("a");
  event.at = clock_.now() - std::chrono::microseconds(100 * 24h).count();
  ASSERT_TRUE(database().write([&](db::Transaction& t) -> Result<> {
    TRY(append(t, {event}));
    TRY(t.query("update clock set wall_at = (select at from events order by position desc limit 1)"));
    return {};
  }));
  EXPECT_FALSE(ClockTrust(database(), clock_).time().value());
}

}  // namespace dmw::catalog
