#include "dimse/services.h"

#include <gmock/gmock.h>

#include "dicom/ul/test_conversation.h"
#include "dimse/test_listener.h"

namespace dmw::dimse {
namespace {

using ::testing::HasSubstr;

constexpr ul::CommandField find{0x0020};
constexpr std::string_view study_root_find = "1.2.840.10008.5.1.4.1.2.2.1";
constexpr std::string_view worklist_find = "1.2.840.10008.5.1.4.31";

class ServicesTest : public ListenerTest {
 protected:
  /// An association with a context for each of these SOP classes.
  void associate(const std::vector<std::string_view>& sop_classes) {
    transport_ = connected();
    association_ =
        std::make_unique<ul::Association>(*transport_, ul::AssociationOptions{.artim = patience, .write = patience});
    ul::AssociateRequest request{.called_ae = "DMW", .calling_ae = "SCU"};
    for (const std::string_view sop_class : sop_classes)
      request.contexts.push_back({.id = static_cast<std::uint8_t>(2 * request.contexts.size() + 1),
                                  .abstract_syntax = std::string(sop_class),
                                  .transfer_syntaxes = {std::string(ul::explicit_little_endian)}});
    request.user.pdu_length_max = 16384;
    request.user.implementation_class = "1.2.3";
    ASSERT_TRUE(association_->request(request));
  }
  /// How a request in this context is answered.
  ul::Answer answer(ul::CommandField operation, std::uint8_t context, bool with_dataset = true) {
    const ul::Command request{.field = operation,
                              .message_id = 1,
                              .has_dataset = with_dataset,
                              .sop_class = association_->context(context)->abstract_syntax};
    const std::string bytes = ul::encode(request);
    EXPECT_TRUE(with_dataset ? association_->send_message(context, as_bytes(bytes), as_bytes("data"))
                             : association_->send_command(context, as_bytes(bytes)));
    ul::MessageReader reader(*association_, {.idle = patience, .stall = patience});
    const auto answered = reader.next();
    EXPECT_TRUE(answered && *answered);
    if (!answered || !*answered) return {};
    return {(*answered)->command.status, std::string((*answered)->command.error_comment)};
  }

  FakeService query_{"query", find, study_root_find};
  FakeService worklist_{"worklists", find, worklist_find};

 private:
  std::unique_ptr<ul::SocketTransport> transport_;
  std::unique_ptr<ul::Association> association_;
};

TEST_F(ServicesTest, TheServiceOfTheContextServesAnOperationThatSeveralHave) {
  open({}, {&query_, &worklist_});
  associate({worklist_find, study_root_find});
  EXPECT_EQ(answer(find, 1).status, ul::Status::success);
  EXPECT_EQ(worklist_.asked, 1);
  EXPECT_EQ(query_.asked, 0);
  EXPECT_EQ(answer(find, 3).status, ul::Status::success);
  EXPECT_EQ(query_.asked, 1);
}

TEST_F(ServicesTest, AServiceIsAskedInTheContextOfAnotherToo) {
  open();
  associate({ct_image});
  EXPECT_EQ(answer(ul::CommandField::c_echo_rq, 1, false).status, ul::Status::success);
  EXPECT_EQ(storage_.asked, 0);
}

TEST_F(ServicesTest, AnOperationThatNobodyServesIsRefusedWithTheNamesOfThoseThatAre) {
  open();
  associate({ct_image});
  const ul::Answer refused = answer(find, 1);
  EXPECT_EQ(refused.status, ul::Status::unrecognized_operation);
  EXPECT_EQ(refused.error_comment, "this program offers only C-ECHO and C-STORE");
  EXPECT_EQ(answer(ul::CommandField::c_store_rq, 1).status, ul::Status::success) << "and the association goes on";
  EXPECT_EQ(Services({&worklist_, &storage_, &verification_}).names(), "storage, verification and worklists");
}

}  // namespace
}  // namespace dmw::dimse
