#include "dimse/listener.h"

#include <optional>

#include <gmock/gmock.h>

#include "dimse/test_listener.h"
#include "dimse/verification/echo.h"

namespace dmw::dimse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST_F(ListenerTest, AnswersVerification) {
  open();
  const Result<Echo> heard = echo({"DMW", "127.0.0.1", listener_->port()}, "SCU", 5s);
  ASSERT_TRUE(heard) << heard.error().message();
  EXPECT_EQ(heard->status, ul::Status::success);
  EXPECT_EQ(heard->implementation_class, ul::implementation_class_uid);
  EXPECT_FALSE(parse_target("DMW@127.0.0.1"));
  EXPECT_EQ(parse_target("A@B@[::1]:104")->host, "::1");
}

TEST_F(ListenerTest, RefusesWhoMayNotCallAndKeepsTheReason) {
  open({.callers = config::parse_callers("CT01").value()});
  const Result<> stranger = sender()->associate("CT02");
  ASSERT_FALSE(stranger);
  EXPECT_THAT(stranger.error().what, HasSubstr("calling AE title"));
  const Result<> elsewhere = sender()->associate("CT01", "PACS");
  ASSERT_FALSE(elsewhere);
  EXPECT_THAT(elsewhere.error().what, HasSubstr("called AE title"));
  EXPECT_TRUE(sender()->associate("CT01"));

  std::vector<catalog::Association> refused;
  ASSERT_TRUE(eventually([&] { return (refused = catalog::associations(*catalog_, {}).value()).size() >= 2; }));
  EXPECT_EQ(refused.back().calling_ae, "CT02");
  EXPECT_EQ(refused.back().outcome, catalog::AssociationOutcome::rejected);
  EXPECT_EQ(refused.back().reason, "DIMSE_CALLERS names neither this AE title nor this address");
  const catalog::Association called = refused.at(refused.size() - 2);
  EXPECT_EQ(called.called_ae, "PACS");
  EXPECT_EQ(called.reason, "called AE title was 'PACS'; ours is 'DMW'");
  // The row of the caller is written after that of its association.
  std::optional<catalog::Caller> known;
  ASSERT_TRUE(eventually([&] { return (known = catalog::caller(*catalog_, {"dimse", "CT02"}).value()).has_value(); }));
  EXPECT_EQ(known->refused_associations, 1);
}

TEST_F(ListenerTest, ClosesAtOnceWhereNobodyMayCallFrom) {
  open({.callers = config::parse_callers("CT01@10.0.0.0/8").value()});
  const Result<> answer = sender()->associate("CT01");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
  const catalog::Association kept = bad_ends().at(0);
  EXPECT_EQ(kept.outcome, catalog::AssociationOutcome::rejected);
  EXPECT_EQ(kept.peer, "127.0.0.1");
  EXPECT_EQ(kept.reason, "DIMSE_CALLERS admits nobody from this address");
}

TEST_F(ListenerTest, KeepsWhyHalfARequestBecameNoAssociation) {
  open();
  connected()->close();
  ASSERT_TRUE(eventually([&] { return metrics_.text().contains("outcome=\"unasked\"} 1"); }));
  const std::string request = ul::encode(ul::propose("SCU", "DMW", {}, {}).value());
  const ByteView half = as_bytes(std::string_view(request).substr(0, 50));
  const auto transport = connected();
  ASSERT_TRUE(transport->write({&half, 1}, ul::from_now(patience)));
  transport->close();
  const std::vector<catalog::Association> kept = bad_ends();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].outcome, catalog::AssociationOutcome::broken);
  EXPECT_EQ(kept[0].peer, "127.0.0.1");
  EXPECT_EQ(kept[0].reason, "the peer closed the connection, before the association was established");
}

TEST_F(ListenerTest, IsDegradedWhileAServiceIsNotReady) {
  open();
  EXPECT_EQ(listener_->state().state, PartState::State::ok);
  storage_.full = true;
  EXPECT_EQ(listener_->state().state, PartState::State::degraded);
  EXPECT_EQ(listener_->state().reason, "there is no room");
}

TEST_F(ListenerTest, SaysOfAServiceWhatItKeptAndRefused) {
  open();
  {
    const auto scu = associated("CT01");
    EXPECT_EQ(scu->store_dataset("some bytes", "1.2.3")->status, ul::Status::success);
    EXPECT_EQ(scu->store_dataset("", "1.2.4")->status, ul::Status::cannot_understand);
    EXPECT_TRUE(scu->association().release());
  }
  const catalog::Association kept = bad_ends().at(0);
  EXPECT_EQ(kept.outcome, catalog::AssociationOutcome::partial);
  EXPECT_EQ(kept.instances, 1);
  EXPECT_EQ(kept.size_bytes, 10);
  EXPECT_EQ(kept.refused_instances, 1);
  EXPECT_EQ(kept.reason, "C000: nothing came");
}

}  // namespace
}  // namespace dmw::dimse
