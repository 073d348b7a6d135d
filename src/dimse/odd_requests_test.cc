// Association requests that are odd in one place, and requests that are not for storage.
#include <gmock/gmock.h>

#include "dicom/ul/test_conversation.h"
#include "dimse/test_listener.h"

namespace dmw::dimse {
namespace {

using ::testing::HasSubstr;
using OddRequestsTest = ListenerTest;

ul::AssociateRequest request_for(const std::vector<std::string>& sop_classes) {
  ul::AssociateRequest request{.called_ae = "DMW", .calling_ae = "ODD"};
  std::uint8_t id = 1;
  for (const std::string& sop_class : sop_classes) {
    request.contexts.push_back(
        {.id = id, .abstract_syntax = sop_class, .transfer_syntaxes = {std::string(ul::explicit_little_endian)}});
    id = static_cast<std::uint8_t>(id + 2);
  }
  request.user.pdu_length_max = 16384;
  request.user.implementation_class = "1.2.3";
  return request;
}

TEST_F(OddRequestsTest, RefusesTheOddContextsAlone) {
  open();
  const auto transport = connected();
  ul::Association association(*transport, {.artim = patience, .write = patience});
  ul::AssociateRequest request =
      request_for({std::string(ct_image), "1" + std::string(63, '2') + "3", std::string(ct_image)});
  request.contexts[2].id = 4;
  request.contexts.push_back(request.contexts[0]);
  ASSERT_TRUE(association.request(request));
  ASSERT_EQ(association.contexts().size(), 1U);
  ul::ServiceUser user(association, patience);
  const std::string dataset(100, 'x');
  dicom::MemorySource source(as_bytes(dataset));
  const Result<ul::Answer> answer = user.store({.sop_class = ct_image,
                                                .sop_instance = "1.2.3.4.5",
                                                .transfer_syntax = ul::explicit_little_endian,
                                                .dataset_offset = 0},
                                               source);
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, ul::Status::success);
}

TEST_F(OddRequestsTest, KeepsTheTitlesOfARequestThatMakesNoSense) {
  open();
  const auto transport = connected();
  std::string bytes = ul::encode(request_for({std::string(ct_image)}));
  bytes[6 + 68 + 3] = '\xFF';  // the length of the first item
  const ByteView view = as_bytes(bytes);
  ASSERT_TRUE(transport->write({&view, 1}, std::chrono::steady_clock::now() + patience));
  const catalog::Association kept = bad_ends().at(0);
  EXPECT_EQ(kept.calling_ae, "ODD");
  EXPECT_EQ(kept.called_ae, "DMW");
}

TEST_F(OddRequestsTest, SaysThatAQueryWasAsked) {
  open();
  const std::string find = "1.2.840.10008.5.1.4.1.2.2.1";
  {
    const auto transport = connected();
    ul::Association association(*transport, {.artim = patience, .write = patience});
    ASSERT_TRUE(association.request(request_for({find})));
    ASSERT_TRUE(association.release());
  }
  EXPECT_THAT(bad_ends().at(0).reason, HasSubstr("the caller requested a query or retrieval"));
}

/// As DCMTK's findscu does when no context is accepted.
TEST_F(OddRequestsTest, SaysThatAQueryWasAskedByAPeerThatJustCloses) {
  open();
  {
    const auto transport = connected();
    ul::Association association(*transport, {.artim = patience, .write = patience});
    ASSERT_TRUE(association.request(request_for({"1.2.840.10008.5.1.4.1.2.2.1"})));
  }
  const catalog::Association kept = bad_ends().at(0);
  EXPECT_EQ(kept.outcome, catalog::AssociationOutcome::broken);
  EXPECT_THAT(kept.reason, HasSubstr("the caller requested a query or retrieval"));
  EXPECT_THAT(kept.reason, HasSubstr("the peer closed the connection"));
}

TEST_F(OddRequestsTest, SaysThatAQueryCameInAStorageContext) {
  open();
  const auto transport = connected();
  ul::Association association(*transport, {.artim = patience, .write = patience});
  ASSERT_TRUE(association.request(request_for({std::string(ct_image)})));
  const ul::Command query{
      .field = ul::CommandField{0x0020}, .message_id = 1, .has_dataset = true, .sop_class = ct_image};
  ASSERT_TRUE(association.send_message(1, as_bytes(ul::encode(query)), as_bytes(std::string(10, 'x'))));
  ul::MessageReader reader(association, {.idle = patience, .stall = patience});
  const auto answer = reader.next();
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ((*answer)->command.status, ul::Status::unrecognized_operation);
  ASSERT_TRUE(association.release());
  EXPECT_THAT(bad_ends().at(0).reason, HasSubstr("C-FIND"));
}

}  // namespace
}  // namespace dmw::dimse
