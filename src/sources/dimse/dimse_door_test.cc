#include "sources/dimse/dimse_door.h"

#include <future>
#include <optional>

#include <gmock/gmock.h>

#include "catalog/recording.h"
#include "sources/dimse/echo.h"
#include "sources/dimse/test_door.h"

namespace dmw::sources {
namespace {

using namespace std::literals;
using ::testing::HasSubstr;

TEST_F(DimseDoorTest, KeepsTheDatasetByteForByteBehindAMetaHeaderOfOurs) {
  open();
  const std::string file = image("1.2.3.4.5", 300'001);
  const auto scu = associated("CT01");
  const Result<ul::Answer> answer = scu->store(file, "1.2.3.4.5");
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, ul::Status::success);
  EXPECT_TRUE(scu->association().release());

  const auto items = inbox_->claim(10, UINT64_MAX).value();
  ASSERT_EQ(items.size(), 1U);
  const std::string kept = read_file(items[0].file);
  const dicom::Prefix prefix = dicom::read_prefix(as_bytes(kept));
  EXPECT_EQ(prefix.sop_class, ct_image);
  EXPECT_EQ(prefix.sop_uid, "1.2.3.4.5");
  EXPECT_EQ(prefix.transfer_syntax, ul::explicit_little_endian);
  EXPECT_EQ(kept.substr(prefix.dataset_offset), file.substr(dicom::dataset_offset(as_bytes(file))));
  EXPECT_THAT(kept, HasSubstr(ul::implementation_class_uid));
  EXPECT_THAT(kept, HasSubstr("AE\4\0CT01"s));
  EXPECT_EQ(items[0].fingerprint.dataset_sha256,
            Sha256::of(as_bytes(std::string_view(file).substr(dicom::dataset_offset(as_bytes(file))))));
  EXPECT_EQ(items[0].session.kind, SessionKind::dimse);
  EXPECT_EQ(items[0].session.calling_ae, "CT01");
  EXPECT_EQ(items[0].session.called_ae, "DMW");
  EXPECT_EQ(items[0].session.peer, "127.0.0.1");
  EXPECT_EQ(items[0].header->study_uid.get(), "1.2.3");
}

TEST_F(DimseDoorTest, AnswersVerification) {
  open();
  const Result<Echo> heard = echo({"DMW", "127.0.0.1", door_->port()}, "SCU", 5s);
  ASSERT_TRUE(heard) << heard.error().message();
  EXPECT_EQ(heard->status, ul::Status::success);
  EXPECT_EQ(heard->implementation_class, ul::implementation_class_uid);
  EXPECT_FALSE(parse_echo_target("DMW@127.0.0.1"));
  EXPECT_EQ(parse_echo_target("A@B@[::1]:104")->host, "::1");
}

TEST_F(DimseDoorTest, SaysInWordsWhyItRefusesAnInstanceAndTakesTheNextOne) {
  open();
  const auto scu = associated();
  const auto expect = [&](const Result<ul::Answer>& answer, unsigned status, std::string_view words) {
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(static_cast<unsigned>(answer->status), status);
    EXPECT_THAT(answer->error_comment, HasSubstr(words));
  };
  expect(scu->store(image("1.2.3.4.5"), "1.2.3.4.6"), 0xA900, "another SOP Instance UID");
  std::string other_class = image("1.2.3.4.5");
  other_class[other_class.rfind(ct_image) + ct_image.size() - 1] = '4';
  expect(scu->store(other_class, "1.2.3.4.5"), 0xA900, "another SOP Class UID");
  const std::string whole = image("1.2.3.4.5");
  expect(scu->store(whole.substr(0, whole.rfind("1.2.3.4.5") + 3), "1.2.3.4.5"), 0xC000, "ends inside");
  expect(scu->store(image(""), ""), 0xC000, "no usable SOP Instance UID");
  EXPECT_EQ(spooled(), 0U);
  expect(scu->store(image("1.2.3.4.5"), "1.2.3.4.5"), 0x0000, "");
  EXPECT_TRUE(scu->association().release());
  EXPECT_EQ(spooled(), 1U);

  const catalog::Association kept = bad_ends().at(0);
  EXPECT_EQ(kept.outcome, catalog::AssociationOutcome::partial);
  EXPECT_EQ(kept.instances, 1);
  EXPECT_EQ(kept.refused_instances, 4);
  EXPECT_THAT(kept.reason, HasSubstr("C000: the request has no usable SOP Instance UID"));
}

TEST_F(DimseDoorTest, RefusesTheSopClassThatTheContextIsNotFor) {
  open();
  const auto scu = associated();
  const ul::Command wrong{.field = ul::CommandField::c_store_rq,
                          .message_id = 3,
                          .has_dataset = true,
                          .sop_class = "1.2.840.10008.5.1.4.1.1.4",
                          .sop_instance = "1.2.3"};
  ASSERT_TRUE(scu->association().send_message(scu->storage_context(), as_bytes(ul::encode(wrong)),
                                              as_bytes(std::string(100'000, 'x'))));
  ul::MessageReader reader(scu->association(), {.idle = patience, .stall = patience});
  const auto answer = reader.next();
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ((*answer)->command.status, ul::Status::sop_class_not_supported);
  EXPECT_EQ((*answer)->command.message_id, 3);
}

TEST_F(DimseDoorTest, RefusesWhoMayNotCallAndKeepsTheReason) {
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
  EXPECT_EQ(called.reason, "the called AE title is not ours, which is DMW");
  // The row of the caller is written after that of its association.
  std::optional<catalog::Caller> known;
  ASSERT_TRUE(eventually([&] { return (known = catalog::caller(*catalog_, {"dimse", "CT02"}).value()).has_value(); }));
  EXPECT_EQ(known->refused_associations, 1);
}

TEST_F(DimseDoorTest, ClosesAtOnceWhereNobodyMayCallFrom) {
  open({.callers = config::parse_callers("CT01@10.0.0.0/8").value()});
  const Result<> answer = sender()->associate("CT01");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
  const catalog::Association kept = bad_ends().at(0);
  EXPECT_EQ(kept.outcome, catalog::AssociationOutcome::rejected);
  EXPECT_EQ(kept.peer, "127.0.0.1");
  EXPECT_EQ(kept.reason, "DIMSE_CALLERS admits nobody from this address");
}

TEST_F(DimseDoorTest, KeepsWhyHalfARequestBecameNoAssociation) {
  open();
  const auto connect = [&] {
    return ul::SocketTransport::connect("127.0.0.1", door_->port(), ul::from_now(patience)).value();
  };
  connect()->close();
  ASSERT_TRUE(eventually([&] { return metrics_.text().contains("outcome=\"unasked\"} 1"); }));
  const std::string request = ul::encode(ul::propose("SCU", "DMW", {}, {}).value());
  const ByteView half = as_bytes(std::string_view(request).substr(0, 50));
  const auto transport = connect();
  ASSERT_TRUE(transport->write({&half, 1}, ul::from_now(patience)));
  transport->close();
  const std::vector<catalog::Association> kept = bad_ends();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].outcome, catalog::AssociationOutcome::broken);
  EXPECT_EQ(kept[0].peer, "127.0.0.1");
  EXPECT_EQ(kept[0].reason, "the peer closed the connection, before its association had begun");
}

TEST_F(DimseDoorTest, DoesNotTellASenderWhereOurFilesAre) {
  open();
  const auto scu = associated();
  std::filesystem::remove_all(directory_ / "inbox" / "spool");
  const Result<ul::Answer> answer = scu->store(image("1.2.3.4.5"), "1.2.3.4.5");
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, ul::Status::out_of_resources);
  EXPECT_EQ(answer->error_comment, "the inbox cannot take anything at the moment");
  EXPECT_TRUE(scu->association().release());
  EXPECT_THAT(bad_ends().at(0).reason, HasSubstr(directory_.path().string()));
}

TEST_F(DimseDoorTest, LeavesNothingOfAnInstanceThatIsBrokenOff) {
  open();
  const auto scu = associated();
  ASSERT_TRUE(scu->begin(std::string(200'000, 'x'), "1.2.3.4.5"));
  ASSERT_TRUE(eventually([&] { return spooled() == 1; }));
  scu->association().abort();
  const catalog::Association kept = bad_ends().at(0);
  EXPECT_EQ(kept.outcome, catalog::AssociationOutcome::aborted);
  EXPECT_EQ(spooled(), 0U);
  EXPECT_EQ(inbox_->depth().items, 0U);
}

TEST_F(DimseDoorTest, MakesOneVersionOfWhatEightSendersSendAtOnce) {
  open();
  std::vector<std::future<bool>> sent;
  for (int i = 0; i < 8; ++i) {
    sent.push_back(std::async(std::launch::async, [&, i] {
      const auto scu = associated(format("SCU{}", i));
      const auto answer = scu->store(image("1.2.3.4.5", 100'000), "1.2.3.4.5");
      return answer && answer->status == ul::Status::success;
    }));
  }
  for (auto& one : sent) EXPECT_TRUE(one.get());
  const auto items = inbox_->claim(10, UINT64_MAX).value();
  ASSERT_EQ(items.size(), 8U);
  const auto recorded = catalog::Recorder(*catalog_, clock_, {}).record(items).value().outcomes;
  EXPECT_EQ(std::ranges::count(recorded, catalog::Recorded::first), 1);
  EXPECT_EQ(std::ranges::count(recorded, catalog::Recorded::same), 7);
}

TEST_F(DimseDoorTest, LetsTheInstanceUnderWayEndBeforeItCloses) {
  open();
  const auto scu = associated();
  const auto waiting = associated("IDLE");
  const std::string file = image("1.2.3.4.5", 100'000);
  const std::string_view dataset = std::string_view(file).substr(dicom::dataset_offset(as_bytes(file)));
  ASSERT_TRUE(scu->begin(dataset.substr(0, 50'000), "1.2.3.4.5"));
  ASSERT_TRUE(eventually([&] { return spooled() == 1; }));
  std::thread stopping([&] { door_->stop(patience); });
  const auto nothing = waiting->association().receive(std::chrono::steady_clock::now() + patience);
  EXPECT_EQ(waiting->association().ending(), ul::Ending::peer_aborted) << nothing.has_value();
  ASSERT_TRUE(scu->association().send_dataset(scu->storage_context(), as_bytes(dataset.substr(50'000)), true));
  ul::MessageReader reader(scu->association(), {.idle = patience, .stall = patience});
  const auto answer = reader.next();
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ((*answer)->command.status, ul::Status::success);
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(scu->association().ending(), ul::Ending::peer_aborted);
  stopping.join();
  EXPECT_EQ(inbox_->depth().items, 1U);
}

}  // namespace
}  // namespace dmw::sources
