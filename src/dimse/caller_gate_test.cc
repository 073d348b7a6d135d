#include "dimse/caller_gate.h"

#include <gtest/gtest.h>

#include "testing/manual_clock.h"

namespace dmw::dimse {
namespace {

class CallerGateTest : public ::testing::Test {
 protected:
  bool admits(const std::string& callers, const std::string& ae_title, std::string_view from) {
    CallerGate gate(config::parse_callers(callers).value(), clock_, [](const std::string& host) {
      return host == "ward" ? std::vector{IpAddress::parse("10.9.9.9").value()} : std::vector<IpAddress>();
    });
    return !gate.objection(ae_title, IpAddress::parse(from).value());
  }

  ManualClock clock_;
};

TEST_F(CallerGateTest, AdmitsOnlyThisMachineUntilItIsToldMore) {
  EXPECT_TRUE(admits("", "ANY", "127.0.0.1"));
  EXPECT_TRUE(admits("", "ANY", "::1"));
  EXPECT_FALSE(admits("", "ANY", "10.1.2.3"));
  EXPECT_FALSE(admits("CT01", "ANY", "127.0.0.1"));
}

TEST_F(CallerGateTest, AsksForWhatTheRuleSaysAndForNothingElse) {
  EXPECT_TRUE(admits("*", "ANY", "192.0.2.1"));
  EXPECT_TRUE(admits("CT01", "CT01", "192.0.2.1"));
  EXPECT_FALSE(admits("CT01", "ct01", "192.0.2.1"));
  EXPECT_TRUE(admits("CT01@10.0.0.0/8", "CT01", "10.1.2.3"));
  EXPECT_FALSE(admits("CT01@10.0.0.0/8", "CT01", "11.1.2.3"));
  EXPECT_FALSE(admits("CT01@10.0.0.0/8", "MR01", "10.1.2.3"));
  EXPECT_TRUE(admits("@10.0.0.0/8", "MR01", "10.1.2.3"));
  EXPECT_TRUE(admits("CT01@10.0.0.1,CT01@10.0.0.2", "CT01", "10.0.0.2"));
}

TEST_F(CallerGateTest, TakesOtherCallersWhileItIsAsked) {
  CallerGate gate(config::parse_callers("CT01").value(), clock_);
  const IpAddress from = IpAddress::parse("10.1.2.3").value();
  EXPECT_FALSE(gate.objection("CT01", from));
  EXPECT_TRUE(gate.objection("MR01", from));
  gate.change(config::parse_callers("MR01@10.1.2.3").value());
  EXPECT_TRUE(gate.objection("CT01", from));
  EXPECT_FALSE(gate.objection("MR01", from));
  gate.change({});
  EXPECT_TRUE(gate.objection(from));
}

TEST_F(CallerGateTest, KnowsAHostByTheAddressesOfItsName) {
  EXPECT_TRUE(admits("CT01@ward", "CT01", "10.9.9.9"));
  EXPECT_FALSE(admits("CT01@ward", "CT01", "10.9.9.8"));
  EXPECT_FALSE(admits("CT01@elsewhere", "CT01", "10.9.9.9"));
}

TEST_F(CallerGateTest, AsksForANameOnceAMinute) {
  int asked = 0;
  CallerGate gate(config::parse_callers("@ward").value(), clock_, [&](const std::string&) {
    ++asked;
    return std::vector<IpAddress>();
  });
  const IpAddress from = IpAddress::parse("10.9.9.9").value();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(gate.objection("CT01", from));
  EXPECT_EQ(asked, 1);
  clock_.advance(std::chrono::seconds(61));
  EXPECT_TRUE(gate.objection("CT01", from));
  EXPECT_EQ(asked, 2);
}

TEST_F(CallerGateTest, KnowsFromWhereNobodyMayCall) {
  const auto closed_to = [&](const std::string& callers, std::string_view from) {
    const CallerGate gate(config::parse_callers(callers).value(), clock_, [](const std::string& host) {
      ADD_FAILURE() << host << " was looked up";
      return std::vector<IpAddress>();
    });
    return gate.objection(IpAddress::parse(from).value()).value_or("");
  };
  EXPECT_EQ(closed_to("", "127.0.0.1"), "");
  EXPECT_EQ(closed_to("", "10.1.2.3"), "only this machine may connect until DIMSE_CALLERS lists other callers");
  EXPECT_EQ(closed_to("CT01@10.0.0.0/8,@11.0.0.1", "10.1.2.3"), "");
  EXPECT_EQ(closed_to("CT01@10.0.0.0/8,@11.0.0.1", "11.0.0.2"), "DIMSE_CALLERS admits nobody from this address");
  EXPECT_EQ(closed_to("CT01@10.0.0.0/8,CT02", "11.0.0.2"), "");
  EXPECT_EQ(closed_to("CT01@10.0.0.0/8,@ward", "11.0.0.2"), "");
}

TEST_F(CallerGateTest, SaysWhatIsMissing) {
  CallerGate gate(config::parse_callers("CT01@10.0.0.1").value(), clock_);
  EXPECT_EQ(gate.objection("CT01", IpAddress::parse("10.0.0.2").value()),
            "DIMSE_CALLERS names this AE title, but not at this address");
  EXPECT_EQ(gate.objection("MR01", IpAddress::parse("10.0.0.1").value()),
            "DIMSE_CALLERS names neither this AE title nor this address");
}

}  // namespace
}  // namespace dmw::dimse
