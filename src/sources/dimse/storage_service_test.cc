#include "sources/dimse/storage_service.h"

#include <future>
#include <optional>

#include <gmock/gmock.h>

#include "catalog/recording.h"
#include "sources/dimse/test_storage.h"

namespace dmw::sources {
namespace {

using namespace std::literals;
using ::testing::HasSubstr;

TEST_F(StorageTest, KeepsTheDatasetByteForByteBehindAMetaHeaderOfOurs) {
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

TEST_F(StorageTest, SaysInWordsWhyItRefusesAnInstanceAndTakesTheNextOne) {
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

TEST_F(StorageTest, RefusesTheSopClassThatTheContextIsNotFor) {
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

TEST_F(StorageTest, DoesNotTellASenderWhereOurFilesAre) {
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

TEST_F(StorageTest, LeavesNothingOfAnInstanceThatIsBrokenOff) {
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

TEST_F(StorageTest, MakesOneVersionOfWhatEightSendersSendAtOnce) {
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

TEST_F(StorageTest, LetsTheInstanceUnderWayEndBeforeItCloses) {
  open();
  const auto scu = associated();
  const auto waiting = associated("IDLE");
  const std::string file = image("1.2.3.4.5", 100'000);
  const std::string_view dataset = std::string_view(file).substr(dicom::dataset_offset(as_bytes(file)));
  ASSERT_TRUE(scu->begin(dataset.substr(0, 50'000), "1.2.3.4.5"));
  ASSERT_TRUE(eventually([&] { return spooled() == 1; }));
  std::thread stopping([&] { listener_->stop(patience); });
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

TEST_F(StorageTest, RefusesInstancesWhileTheInboxIsFull) {
  open({}, 100'000);
  const auto scu = associated();
  EXPECT_EQ(scu->store(image("1.2.3.4.5", 95'000), "1.2.3.4.5")->status, ul::Status::success);
  EXPECT_FALSE(storage_->ready());
  const Result<ul::Answer> refused = scu->store(image("1.2.3.4.6"), "1.2.3.4.6");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, ul::Status::out_of_resources);
  EXPECT_THAT(refused->error_comment, HasSubstr("INBOX_LIMIT_GIB"));
  EXPECT_EQ(spooled(), 1U);
  ASSERT_TRUE(inbox_->finish(inbox_->claim(10, UINT64_MAX).value()));
  EXPECT_EQ(scu->store(image("1.2.3.4.6"), "1.2.3.4.6")->status, ul::Status::success);
}

TEST_F(StorageTest, EndsASenderThatStopsInTheMiddleOfAnInstance) {
  open({.idle = 100ms});
  const auto scu = associated();
  ASSERT_TRUE(scu->begin(std::string(1'000, 'x'), "1.2.3.4.5"));
  EXPECT_EQ(bad_ends().at(0).outcome, catalog::AssociationOutcome::broken);
  EXPECT_EQ(spooled(), 0U);
}

TEST_F(StorageTest, SaysWhyAnInstanceWasRefusedToAPeerThatJustCloses) {
  open();
  {
    const auto scu = associated();
    ASSERT_TRUE(scu->store(image("1.2.3.4.5"), "1.2.3.4.6"));
  }
  EXPECT_THAT(bad_ends().at(0).reason, HasSubstr("A900: the data set has another SOP Instance UID; then "));
}

}  // namespace
}  // namespace dmw::sources
