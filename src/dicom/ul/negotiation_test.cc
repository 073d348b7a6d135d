#include "dicom/ul/negotiation.h"

#include <gtest/gtest.h>

#include "dicom/ul/sop_classes.h"
#include "dicom/ul/test_conversation.h"

namespace dmw::ul {
namespace {

constexpr std::string_view jpeg = "1.2.840.10008.1.2.4.50";

AnsweredContext answer_to(std::string_view sop_class, const std::vector<std::string_view>& syntaxes,
                          bool accept_unknown = false) {
  const ProposedContext proposed{
      .id = 5, .abstract_syntax = std::string(sop_class), .transfer_syntaxes = {syntaxes.begin(), syntaxes.end()}};
  return answer(proposed, testing::any_storage(accept_unknown));
}

ContextResult result_for(std::string_view sop_class, bool accept_unknown = false) {
  return answer_to(sop_class, {explicit_little_endian}, accept_unknown).result;
}

std::string syntax_of(const std::vector<std::string_view>& syntaxes) {
  return answer_to(testing::ct_image, syntaxes).transfer_syntax;
}

AssociateAccept accepted(const AssociateRequest& request) {
  return negotiate(request, testing::any_storage(false, "DMW")).value();
}

TEST(Negotiation, AcceptsVerificationAndEveryStorageClass) {
  EXPECT_EQ(result_for(verification_sop_class), ContextResult::accepted);
  EXPECT_GT(storage_sop_classes().size(), 190U);
  for (const NamedUid& known : storage_sop_classes()) EXPECT_EQ(result_for(known.uid), ContextResult::accepted);
}

TEST(Negotiation, AcceptsStorageClassesOfTheFuture) {
  EXPECT_EQ(result_for("1.2.840.10008.5.1.4.1.1.9999.1"), ContextResult::accepted);
}

TEST(Negotiation, RefusesWhatIsNotStorage) {
  for (const std::string_view uid :
       {"1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.1.20.1", "1.2.840.10008.5.1.4.31", "1.2.840.10008.5.1.4.38.1",
        "1.2.840.10008.5.1.4.1.1.200.1", "1.2.840.10008.5.1.4.1.1.200.3", "1.2.840.10008.5.1.4.1.1.200.7",
        "1.2.840.10008.5.1.4.1.1.201.1", "1.2.840.10008.5.1.4.39.1", "1.2.840.10008.5.1.4.43.1",
        "1.2.840.10008.5.1.4.1.1.200.4", "1.2.840.10008.5.1.4.1.1.", "1.2.840.10008.5.1.4.1.1.2?"})
    EXPECT_EQ(result_for(uid, true), ContextResult::abstract_syntax_not_supported) << uid;
}

TEST(Negotiation, AcceptsPrivateClassesOnlyWhenTold) {
  EXPECT_EQ(result_for("1.3.12.2.1107.5.9.1"), ContextResult::abstract_syntax_not_supported);
  EXPECT_EQ(result_for("1.3.12.2.1107.5.9.1", true), ContextResult::accepted);
}

TEST(Negotiation, AcceptsEveryTransferSyntaxAsItIs) {
  for (const NamedUid& known : transfer_syntaxes()) EXPECT_EQ(syntax_of({known.uid}), known.uid);
  EXPECT_EQ(syntax_of({"1.2.840.113619.5.2"}), "1.2.840.113619.5.2");
}

TEST(Negotiation, PrefersWhatTheRequestorPrefers) {
  EXPECT_EQ(syntax_of({jpeg, implicit_little_endian}), jpeg);
  EXPECT_EQ(syntax_of({explicit_little_endian, jpeg}), explicit_little_endian);
  EXPECT_EQ(syntax_of({implicit_little_endian, jpeg}), implicit_little_endian);
}

TEST(Negotiation, TakesExplicitVrInPlaceOfImplicit) {
  EXPECT_EQ(syntax_of({implicit_little_endian, jpeg, explicit_little_endian}), explicit_little_endian);
}

TEST(Negotiation, RefusesAContextWithoutAUsableTransferSyntax) {
  EXPECT_EQ(answer_to(testing::ct_image, {"?", "1..2"}).result, ContextResult::transfer_syntaxes_not_supported);
  EXPECT_EQ(syntax_of({"?", jpeg}), jpeg);
}

TEST(Negotiation, RejectsForItsTitlesAndVersions) {
  AssociateRequest request = testing::a_request();
  request.called_ae = "OTHER";
  EXPECT_EQ(negotiate(request, {.ae_title = "DMW"}).error(), rejections::called_ae);
  EXPECT_TRUE(negotiate(request, {}));
  request.application_context = "1.2.3";
  EXPECT_EQ(negotiate(request, {}).error(), rejections::application_context);
  request.versions = 2;
  EXPECT_EQ(negotiate(request, {}).error(), rejections::protocol_version);
}

TEST(Negotiation, AnswersEveryContextUnderItsNumber) {
  AssociateRequest request = testing::a_request();
  request.contexts.push_back({255, "1.2.840.10008.5.1.4.1.2.2.1", {"1.2.840.10008.1.2"}});
  const AssociateAccept accept = accepted(request);
  ASSERT_EQ(accept.contexts.size(), 3U);
  EXPECT_EQ(accept.contexts[1], (AnsweredContext{3, ContextResult::accepted, std::string(explicit_little_endian)}));
  EXPECT_EQ(accept.contexts[2].id, 255);
  EXPECT_EQ(accept.contexts[2].result, ContextResult::abstract_syntax_not_supported);
  EXPECT_EQ(accept.user.pdu_length_max, 128U << 10U);
}

TEST(Negotiation, SaysNothingThatWasNotAsked) {
  const UserInformation user = accepted(testing::a_request()).user;
  EXPECT_FALSE(user.asynchronous_window);
  EXPECT_FALSE(user.identity_response);
  EXPECT_TRUE(user.roles.empty());
}

TEST(Negotiation, AllowsOneOperationAtATime) {
  AssociateRequest request = testing::a_request();
  request.user.asynchronous_window = AsynchronousWindow{0, 16};
  EXPECT_EQ(accepted(request).user.asynchronous_window, (AsynchronousWindow{1, 1}));
}

TEST(Negotiation, GrantsTheRoleOfTheSender) {
  AssociateRequest request = testing::a_request();
  request.user.roles = {{std::string(testing::ct_image), true, true}, {"1.2.3", true, true}};
  const AssociateAccept accept = accepted(request);
  EXPECT_EQ(accept.user.roles, (std::vector<RoleSelection>{{std::string(testing::ct_image), true, false}}));
  EXPECT_EQ(accept.contexts[1].result, ContextResult::accepted);
}

TEST(Negotiation, RefusesToBeTheSender) {
  AssociateRequest request = testing::a_request();
  request.user.roles = {{std::string(testing::ct_image), false, true}};
  const AssociateAccept accept = accepted(request);
  EXPECT_EQ(accept.contexts[0].result, ContextResult::accepted);
  EXPECT_EQ(accept.contexts[1].result, ContextResult::user_rejection);
}

TEST(Negotiation, DoesNotSayThatAUserIdentityIsVerified) {
  using enum UserIdentity::Type;
  for (const UserIdentity::Type type : {username, username_and_passcode, kerberos, saml, jwt}) {
    AssociateRequest request = testing::a_request();
    request.user.identity = UserIdentity{.type = type, .wants_response = true, .primary = Private<std::string>("ann")};
    const AssociateAccept accept = accepted(request);
    EXPECT_FALSE(accept.user.identity_response);
    EXPECT_EQ(accept.contexts[1].result, ContextResult::accepted);
  }
}

TEST(Negotiation, LeavesExtendedNegotiationWithoutAnswer) {
  AssociateRequest request = testing::a_request();
  request.user.extended = {{std::string(testing::ct_image), "\1\2"}};
  request.user.common_extended = {{std::string(testing::ct_image), "1.2.840.10008.4.2", {}}};
  const AssociateAccept accept = accepted(request);
  EXPECT_TRUE(accept.user.extended.empty());
  EXPECT_TRUE(accept.user.common_extended.empty());
  EXPECT_EQ(accept.contexts[1].result, ContextResult::accepted);
}

TEST(SopClasses, HaveNames) {
  EXPECT_EQ(name_of(testing::ct_image), "CT Image Storage");
  EXPECT_EQ(name_of(verification_sop_class), "Verification");
  EXPECT_EQ(name_of(jpeg), "JPEG Baseline (Process 1)");
  EXPECT_EQ(name_of("1.2.3"), "1.2.3");
}

}  // namespace
}  // namespace dmw::ul
