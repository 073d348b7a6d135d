#include "dicom/ul/pdu.h"

#include <gtest/gtest.h>

#include "dicom/ul/test_conversation.h"

namespace dmw::ul {
namespace {

using testing::big_endian;
using testing::item;

std::string unhex(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return out;
}

ByteView body_of(std::string_view pdu) {
  return as_bytes(pdu.substr(pdu_header_bytes));
}

/// What `echoscu -aet ME -aec DMW` of DCMTK 3.6.7 sends.
constexpr std::string_view echoscu_request =
    "0100000000cd00010000444d57202020202020202020202020204d4520202020202020202020202020200000000000000000"
    "00000000000000000000000000000000000000000000000010000015312e322e3834302e31303030382e332e312e312e3120"
    "00002e0100ff0030000011312e322e3834302e31303030382e312e3140000011312e322e3834302e31303030382e312e3250"
    "00003a51000004000040005200001b312e322e3237362e302e373233303031302e332e302e332e362e375500000f4f464649"
    "535f44434d544b5f333637";

/// Every item that there is.
AssociateRequest everything() {
  AssociateRequest request = testing::a_request();
  request.contexts[1].transfer_syntaxes = {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2"};
  UserInformation& user = request.user;
  user.implementation_version = "TEST_1";
  user.asynchronous_window = AsynchronousWindow{8, 3};
  user.roles = {{"1.2.840.10008.5.1.4.1.1.2", true, false}, {"1.2.3", false, true}};
  user.extended = {{"1.2.840.10008.5.1.4.1.2.2.1", std::string("\1\0\1", 3)}};
  user.common_extended = {{"1.2.3.4", "1.2.840.10008.4.2", {"1.2.3", "1.2"}}};
  user.identity = UserIdentity{UserIdentity::Type::username_and_passcode, true, Private<std::string>("ann"),
                               Private<std::string>("secret")};
  return request;
}

/// The request with `items` behind its titles.
std::string request_of(std::string_view items) {
  return big_endian(1, 2) + big_endian(0, 2) + "DMW             " + "TEST            " + std::string(32, '\0') +
         std::string(items);
}

std::string a_context(unsigned id = 1) {
  return item(0x20, big_endian(id, 1) + std::string(3, '\0') + item(0x30, "1.2.840.10008.1.1") +
                        item(0x40, "1.2.840.10008.1.2"));
}

std::string refusal_of(std::string_view items) {
  const std::string body = request_of(items);
  const Result<AssociateRequest> request = decode_associate_rq(as_bytes(body));
  return request ? "" : request.error().message();
}

TEST(Pdu, ReadsWhatDcmtkSends) {
  const std::string sent = unhex(echoscu_request);
  const Result<AssociateRequest> request = decode_associate_rq(body_of(sent));
  ASSERT_TRUE(request);
  AssociateRequest expected{.called_ae = "DMW", .calling_ae = "ME"};
  expected.contexts = {{1, "1.2.840.10008.1.1", {"1.2.840.10008.1.2"}}};
  expected.user.pdu_length_max = 16384;
  expected.user.implementation_class = "1.2.276.0.7230010.3.0.3.6.7";
  expected.user.implementation_version = "OFFIS_DCMTK_367";
  EXPECT_EQ(*request, expected);
}

TEST(Pdu, WritesWhatDcmtkSends) {
  // Except one reserved byte, which DCMTK sets to FFH.
  std::string sent = unhex(echoscu_request);
  const std::size_t reserved = sent.find(std::string("\1\0\xFF\0", 4));
  ASSERT_NE(reserved, std::string::npos);
  sent[reserved + 2] = '\0';
  EXPECT_EQ(encode(*decode_associate_rq(body_of(sent))), sent);
}

TEST(Pdu, WritesAnAcceptByteForByte) {
  AssociateAccept accept;
  accept.contexts = {{1, ContextResult::accepted, "1.2.840.10008.1.2"},
                     {3, ContextResult::abstract_syntax_not_supported, "1.2"}};
  accept.user.pdu_length_max = 0x20000;
  accept.user.implementation_class = "1.2.3";
  accept.user.asynchronous_window = AsynchronousWindow{};
  accept.user.roles = {{"1.2", true, false}};
  accept.user.identity_response = "";
  const std::string items =
      item(0x10, "1.2.840.10008.3.1.1.1") + item(0x21, std::string("\1\0\0\0", 4) + item(0x40, "1.2.840.10008.1.2")) +
      item(0x21, std::string("\3\0\3\0", 4) + item(0x40, "1.2")) +
      item(0x50, item(0x51, big_endian(0x20000, 4)) + item(0x52, "1.2.3") + item(0x53, big_endian(0x10001, 4)) +
                     item(0x54, big_endian(3, 2) + "1.2" + std::string("\1\0", 2)) + item(0x59, big_endian(0, 2)));
  const std::string request = request_of(items);
  EXPECT_EQ(encode(accept, echo_of(request)), testing::pdu(2, request));
  const Result<AssociateAccept> again = decode_associate_ac(body_of(encode(accept)));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, accept);
}

TEST(Pdu, WritesTheShortOnesByteForByte) {
  EXPECT_EQ(encode(rejections::called_ae), unhex("03000000000400010107"));
  EXPECT_EQ(encode_release_rq(), unhex("05000000000400000000"));
  EXPECT_EQ(encode_release_rp(), unhex("06000000000400000000"));
  EXPECT_EQ(encode(aborts::unexpected_pdu), unhex("07000000000400000202"));
  EXPECT_EQ(*decode_associate_rj(body_of(encode(rejections::local_limit))), rejections::local_limit);
  EXPECT_EQ(*decode_abort(body_of(encode(aborts::invalid_parameter))), aborts::invalid_parameter);
}

TEST(Pdu, KeepsEveryItem) {
  const Result<AssociateRequest> again = decode_associate_rq(body_of(encode(everything())));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, everything());
}

TEST(Pdu, SaysWhereARequestIsCutShort) {
  const std::string whole = encode(everything());
  const ByteView body = body_of(whole);
  for (std::size_t size = 0; size < body.size(); ++size) {
    const Result<AssociateRequest> request = decode_associate_rq(body.first(size));
    // A cut between two items leaves a request that is only smaller.
    EXPECT_TRUE(request ? *request != everything() : request.error().code == Errc::corrupted) << size;
  }
}

TEST(Pdu, SaysWhatIsWrongInWords) {
  EXPECT_EQ(refusal_of(""), "no presentation context is proposed");
  EXPECT_EQ(refusal_of(item(0x20, "\3", 500)), "item 20H of the A-ASSOCIATE-RQ declares 500 bytes, but only 1 remain");
}

TEST(Pdu, KeepsTheContextsBesideAnOddOne) {
  const std::string syntaxes = item(0x30, "1.2") + item(0x40, "1.2");
  const std::string zeros(3, '\0');
  const std::string odd[] = {
      item(0x20, ""),
      item(0x20, "\3"),
      item(0x20, "\3" + zeros),
      item(0x20, "\3" + zeros + item(0x30, "1.2")),
      item(0x20, "\3" + zeros + item(0x40, "1.2")),
      item(0x20, "\3" + zeros + item(0x30, std::string(65, '1')) + item(0x40, "1.2")),
      item(0x20, "\3" + zeros + item(0x30, "1.2") + item(0x40, std::string(65, '1'))),
      item(0x20, "\3" + zeros + item(0x30, "1.2", 500)),
      item(0x20, "\4" + zeros + syntaxes),
      item(0x20, std::string(1, '\0') + zeros + syntaxes),
      a_context(),
  };
  for (const std::string& one : odd) {
    for (const bool first : {false, true}) {
      const std::string body = request_of(first && one != a_context() ? one + a_context() : a_context() + one);
      const Result<AssociateRequest> request = decode_associate_rq(as_bytes(body));
      ASSERT_TRUE(request) << request.error().message();
      AssociateAccept answered;
      for (const ProposedContext& context : request->contexts)
        answered.contexts.push_back(answer(context, testing::any_storage(true)));
      std::size_t accepted = 0;
      for (const AnsweredContext& context : answered.contexts) {
        if (context.result == ContextResult::accepted) ++accepted;
        EXPECT_EQ(context.result == ContextResult::accepted, context.id == 1) << describe(context.result);
      }
      EXPECT_EQ(accepted, 1U);
      const Result<AssociateAccept> sent = decode_associate_ac(body_of(encode(answered)));
      ASSERT_TRUE(sent);
      EXPECT_EQ(sent->contexts, answered.contexts);
    }
  }
}

TEST(Pdu, PassesOverOddItemsOfTheUser) {
  const std::string odd[] = {
      item(0x51, "abc"),
      item(0x53, "abc"),
      item(0x54, big_endian(900, 2)),
      item(0x54, big_endian(65, 2) + std::string(65, '1') + std::string("\1\0", 2)),
      item(0x56, "x"),
      item(0x57, big_endian(3, 2) + "1.2" + big_endian(500, 2)),
      item(0x58, ""),
  };
  for (const std::string& one : odd) {
    const std::string body =
        request_of(a_context() + item(0x50, one + item(0x51, big_endian(1000, 4)) + item(0x52, "1.2.3")));
    const Result<AssociateRequest> request = decode_associate_rq(as_bytes(body));
    ASSERT_TRUE(request) << request.error().message();
    EXPECT_EQ(request->user.pdu_length_max, 1000U);
    EXPECT_EQ(request->user.implementation_class, "1.2.3");
    EXPECT_TRUE(request->user.roles.empty() && request->user.common_extended.empty() && !request->user.identity);
  }
  const std::string cut = request_of(a_context() + item(0x50, item(0x51, big_endian(1000, 4)) + item(0x52, "1.2", 90)));
  EXPECT_EQ(decode_associate_rq(as_bytes(cut)).value().user.pdu_length_max, 1000U);
}

TEST(Pdu, DoesNotTrustTenThousandContexts) {
  std::string items;
  for (unsigned i = 0; i < 10'000; ++i) items += a_context(i % 256);
  const std::string body = request_of(items);
  EXPECT_EQ(decode_associate_rq(as_bytes(body)).value().contexts.size(), 256U);
}

TEST(Pdu, PassesOverWhatItDoesNotKnow) {
  EXPECT_EQ(refusal_of(item(0x77, "nested" + item(0x20, "x")) + a_context() + item(0xFF, "") +
                       item(0x50, item(0x60, "unknown") + item(0x51, big_endian(1, 4)))),
            "");
}

TEST(Pdu, TakesTheFirstOfRepeatedItems) {
  const std::string body =
      request_of(item(0x10, "1.2") + item(0x10, "1.3") + a_context() +
                 item(0x50, item(0x51, big_endian(1000, 4)) + item(0x51, big_endian(7, 4)) +
                                item(0x58, big_endian(0x0100, 2) + big_endian(1, 2) + "a" + big_endian(0, 2)) +
                                item(0x58, big_endian(0x0100, 2) + big_endian(1, 2) + "b" + big_endian(0, 2))) +
                 item(0x50, item(0x51, big_endian(9, 4))));
  const Result<AssociateRequest> request = decode_associate_rq(as_bytes(body));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->application_context, "1.2");
  EXPECT_EQ(request->user.pdu_length_max, 1000U);
  EXPECT_EQ(request->user.identity->primary.reveal(), "a");
}

TEST(Pdu, MakesTextOfPeersPrintable) {
  std::string body = request_of(a_context());
  body.replace(4, 16, std::string("  EVIL\n\0\xC3\x28\x1B[1m \0", 16));
  const Result<AssociateRequest> request = decode_associate_rq(as_bytes(body));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->called_ae,
            "EVIL??"
            "?(?[1m");
}

TEST(Pdu, DescribesForOperators) {
  EXPECT_EQ(describe(rejections::called_ae), "rejected for good: called AE title not recognized");
  EXPECT_EQ(describe(rejections::local_limit), "rejected for now: local limit exceeded");
  EXPECT_EQ(describe(aborts::invalid_parameter), "aborted by the provider: invalid PDU parameter value");
  EXPECT_EQ(describe(PduType{0x16}), "what looks like TLS");
  EXPECT_EQ(describe(PduType{0x2A}), "a PDU of type 2AH");
}

}  // namespace
}  // namespace dmw::ul
