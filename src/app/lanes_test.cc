#include "app/lanes.h"

#include <gtest/gtest.h>

#include "testing/manual_clock.h"

namespace dmw::app {
namespace {

using namespace std::chrono_literals;
using State = PartState::State;

class LanesTest : public testing::Test {
 protected:
  lane::Worker& add(const std::string& name, Errc* error, std::string reason) {
    return lanes_.add({.name = name,
                       .interval = 1h,
                       .pass = [error, reason]() -> Result<bool> {
                         if (error == nullptr) return false;
                         return fail(*error, reason);
                       },
                       .probe = {}},
                      aside_, [this, name] { return name == "ingest" ? refused_ : ""; });
  }

  ManualClock clock_;
  Metrics metrics_;
  lane::Aside aside_{"settle", clock_, metrics_};
  std::string refused_;
  Lanes lanes_{clock_};
};

TEST_F(LanesTest, EachWorkerSaysWhatIsWrongWithIt) {
  Errc away = Errc::unavailable;
  Errc wrong = Errc::internal;
  lane::Worker& ingest = add("ingest", &away, "PostgreSQL: away");
  lane::Worker& settle = add("settle", &wrong, "a row is wrong");
  add("erase", nullptr, "");
  EXPECT_EQ(lanes_.state().state, State::ok);
  ingest.step();
  settle.step();
  EXPECT_EQ(lanes_.state().state, State::degraded);
  EXPECT_EQ(lanes_.state().reason, "ingest: PostgreSQL: away; settle: a row is wrong");
  EXPECT_EQ(lanes_.state().since, std::min(ingest.state().since, settle.state().since));
  refused_ = "2 instances wait in the inbox";
  EXPECT_TRUE(lanes_.state().reason.ends_with("; ingest: 2 instances wait in the inbox"));
}

TEST_F(LanesTest, TheLogHasALineForEachItemThatWaitsAlone) {
  add("settle", nullptr, "");
  aside_.put("1.2", "study 1.2", Error{Errc::internal, "no write permission", {}});
  EXPECT_EQ(lanes_.state().state, State::degraded);
  EXPECT_NE(lanes_.state().reason.find("study 1.2"), std::string::npos) << lanes_.state().reason;
  EXPECT_EQ(lanes_.state_for_log()->state, State::ok);
}

}  // namespace
}  // namespace dmw::app
