#include "dicom/ul/association.h"

#include <map>

#include <gtest/gtest.h>

#include "dicom/ul/test_conversation.h"

namespace dmw::ul {
namespace {

using testing::ScriptedTransport;
using enum testing::Control;
using End = ScriptedTransport::End;

Monotonic soon() {
  return std::chrono::steady_clock::now() + std::chrono::seconds(10);
}

AssociateAccept an_accept() {
  return negotiate(testing::a_request(), testing::any_storage()).value();
}

/// What was sent behind the A-ASSOCIATE PDU, in words.
std::string words(std::string_view output) {
  std::string out;
  while (!output.empty()) {
    const auto type = static_cast<PduType>(output[0]);
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(output[5]));
    if (type == PduType::abort) {
      out += format("A-ABORT({},{}) ", static_cast<int>(output[8]), static_cast<int>(output[9]));
    } else if (type != PduType::associate_rq && type != PduType::associate_ac) {
      out += describe(type) + ' ';
    }
    const bool is_associate = type == PduType::associate_rq || type == PduType::associate_ac;
    output.remove_prefix(is_associate ? 6 + static_cast<unsigned char>(output[4]) * 256U + length : 6 + length);
  }
  return out;
}

/// What may happen, as PS3.8 Table 9-10 lists it.
const std::map<std::string, std::pair<std::string, End>> events = {
    {"A-ASSOCIATE-RQ", {encode(testing::a_request()), End::closes}},
    {"A-ASSOCIATE-AC", {encode(an_accept()), End::closes}},
    {"A-ASSOCIATE-RJ", {encode(rejections::called_ae), End::closes}},
    {"P-DATA-TF", {testing::p_data(testing::pdv(1, last_data, "xx")), End::closes}},
    {"A-RELEASE-RQ", {encode_release_rq(), End::closes}},
    {"A-RELEASE-RP", {encode_release_rp(), End::closes}},
    {"A-ABORT", {encode(aborts::user), End::closes}},
    {"unknown PDU", {testing::pdu(0x2A, "xxxx"), End::closes}},
    {"closed", {"", End::closes}},
    {"broken", {"", End::breaks}},
    {"ARTIM expired", {"", End::is_silent}},
};

struct State {
  std::string_view name;
  std::string before;  // what the peer says until the state is reached
  std::function<void(Association&)> act;
  std::map<std::string, std::string> reactions;
};

void await(Association& association) {
  static_cast<void>(association.await_request());
}

void accept(Association& association) {
  ASSERT_TRUE(association.await_request());
  ASSERT_TRUE(association.accept(an_accept()));
}

void request(Association& association) {
  static_cast<void>(association.request(testing::a_request()));
}

void receive(Association& association) {
  while (association.ending() == Ending::none) static_cast<void>(association.receive(soon()));
}

const std::vector<State>& states() {
  const std::string aa1 = "A-ABORT(0,0) violated";
  const std::string aa8 = "A-ABORT(2,2) violated";
  const std::string unrecognized = "A-ABORT(2,1) violated";
  static const std::vector<State> all = {{"Sta2 awaits A-ASSOCIATE-RQ",
                                          "",
                                          await,
                                          {{"A-ASSOCIATE-RQ", "none"},
                                           {"A-ASSOCIATE-AC", aa1},
                                           {"A-ASSOCIATE-RJ", aa1},
                                           {"P-DATA-TF", aa1},
                                           {"A-RELEASE-RQ", aa1},
                                           {"A-RELEASE-RP", aa1},
                                           {"A-ABORT", "peer_aborted"},
                                           {"unknown PDU", aa1},
                                           {"closed", "peer_closed"},
                                           {"broken", "peer_closed"},
                                           {"ARTIM expired", "timed_out"}}},
                                         {"Sta5 awaits an answer",
                                          "",
                                          request,
                                          {{"A-ASSOCIATE-RQ", aa8},
                                           {"A-ASSOCIATE-AC", "none"},
                                           {"A-ASSOCIATE-RJ", "rejected"},
                                           {"P-DATA-TF", aa8},
                                           {"A-RELEASE-RQ", aa8},
                                           {"A-RELEASE-RP", aa8},
                                           {"A-ABORT", "peer_aborted"},
                                           {"unknown PDU", unrecognized},
                                           {"closed", "peer_closed"},
                                           {"broken", "peer_closed"},
                                           {"ARTIM expired", "A-ABORT(0,0) timed_out"}}},
                                         {"Sta6 acceptor transfers data",
                                          encode(testing::a_request()),
                                          [](Association& association) {
                                            accept(association);
                                            receive(association);
                                          },
                                          {{"A-ASSOCIATE-RQ", aa8},
                                           {"A-ASSOCIATE-AC", aa8},
                                           {"A-ASSOCIATE-RJ", aa8},
                                           {"P-DATA-TF", "peer_closed"},
                                           {"A-RELEASE-RQ", "A-RELEASE-RP released"},
                                           {"A-RELEASE-RP", aa8},
                                           {"A-ABORT", "peer_aborted"},
                                           {"unknown PDU", unrecognized},
                                           {"closed", "peer_closed"},
                                           {"broken", "peer_closed"},
                                           {"ARTIM expired", "A-ABORT(0,0) timed_out"}}},
                                         {"Sta7 requestor awaits A-RELEASE-RP",
                                          encode(an_accept()),
                                          [](Association& association) {
                                            request(association);
                                            static_cast<void>(association.release());
                                          },
                                          {{"A-ASSOCIATE-RQ", "A-RELEASE-RQ " + aa8},
                                           {"A-ASSOCIATE-AC", "A-RELEASE-RQ " + aa8},
                                           {"A-ASSOCIATE-RJ", "A-RELEASE-RQ " + aa8},
                                           {"P-DATA-TF", "A-RELEASE-RQ peer_closed"},
                                           {"A-RELEASE-RQ", "A-RELEASE-RQ A-RELEASE-RP peer_closed"},
                                           {"A-RELEASE-RP", "A-RELEASE-RQ released"},
                                           {"A-ABORT", "A-RELEASE-RQ peer_aborted"},
                                           {"unknown PDU", "A-RELEASE-RQ " + unrecognized},
                                           {"closed", "A-RELEASE-RQ peer_closed"},
                                           {"broken", "A-RELEASE-RQ peer_closed"},
                                           {"ARTIM expired", "A-RELEASE-RQ A-ABORT(0,0) timed_out"}}},
                                         {"Sta11 requestor awaits A-RELEASE-RP after a collision",
                                          encode(an_accept()) + encode_release_rq(),
                                          [](Association& association) {
                                            request(association);
                                            static_cast<void>(association.release());
                                          },
                                          {{"A-ASSOCIATE-RQ", "A-RELEASE-RQ A-RELEASE-RP " + aa8},
                                           {"P-DATA-TF", "A-RELEASE-RQ A-RELEASE-RP " + aa8},
                                           {"A-RELEASE-RQ", "A-RELEASE-RQ A-RELEASE-RP " + aa8},
                                           {"A-RELEASE-RP", "A-RELEASE-RQ A-RELEASE-RP released"},
                                           {"A-ABORT", "A-RELEASE-RQ A-RELEASE-RP peer_aborted"},
                                           {"closed", "A-RELEASE-RQ A-RELEASE-RP peer_closed"}}},
                                         {"Sta10 acceptor awaits A-RELEASE-RP after a collision",
                                          encode(testing::a_request()) + encode_release_rq(),
                                          [](Association& association) {
                                            accept(association);
                                            static_cast<void>(association.release());
                                          },
                                          {{"A-ASSOCIATE-RQ", "A-RELEASE-RQ " + aa8},
                                           {"P-DATA-TF", "A-RELEASE-RQ " + aa8},
                                           {"A-RELEASE-RQ", "A-RELEASE-RQ " + aa8},
                                           {"A-RELEASE-RP", "A-RELEASE-RQ A-RELEASE-RP released"},
                                           {"A-ABORT", "A-RELEASE-RQ peer_aborted"},
                                           {"closed", "A-RELEASE-RQ peer_closed"}}},
                                         {"Sta13 awaits the end of the connection",
                                          encode(testing::a_request()),
                                          [](Association& association) {
                                            ASSERT_TRUE(association.await_request());
                                            ASSERT_TRUE(association.reject(rejections::calling_ae));
                                          },
                                          {{"A-ASSOCIATE-AC", "A-ASSOCIATE-RJ rejected"},
                                           {"P-DATA-TF", "A-ASSOCIATE-RJ rejected"},
                                           {"A-RELEASE-RQ", "A-ASSOCIATE-RJ rejected"},
                                           {"A-ABORT", "A-ASSOCIATE-RJ rejected"},
                                           {"closed", "A-ASSOCIATE-RJ rejected"},
                                           {"ARTIM expired", "A-ASSOCIATE-RJ rejected"}}}};
  return all;
}

TEST(Association, ReactsAsTheTableOfStatesSays) {
  for (const State& state : states()) {
    for (const auto& [event, reaction] : state.reactions) {
      const auto& [bytes, end] = events.at(event);
      ScriptedTransport transport(state.before + bytes, end);
      Association association(transport, {});
      state.act(association);
      EXPECT_EQ(words(transport.output) + std::string(name(association.ending())), reaction)
          << state.name << ", " << event;
      EXPECT_EQ(transport.closed, association.ending() != Ending::none) << state.name << ", " << event;
    }
  }
}

TEST(Association, IsOverAfterItsEnd) {
  ScriptedTransport transport("");
  Association association(transport, {});
  EXPECT_EQ(association.await_request().error().message(),
            "the peer closed the connection, before an association was requested");
  EXPECT_EQ(association.receive(soon()).error().code, Errc::cancelled);
  EXPECT_EQ(association.send_command(1, {}).error().code, Errc::cancelled);
  EXPECT_EQ(association.release().error().code, Errc::cancelled);
  EXPECT_EQ(association.accept({}).error().code, Errc::cancelled);
  association.abort();
  EXPECT_EQ(association.ending(), Ending::peer_closed);
  EXPECT_EQ(transport.writes, 0U);
}

TEST(Association, AbortsWhenTheProgramStops) {
  ScriptedTransport transport(encode(testing::a_request()), End::is_silent);
  Association association(transport, {});
  accept(association);
  transport.interrupt();
  EXPECT_EQ(association.receive(soon()).error().code, Errc::cancelled);
  EXPECT_EQ(words(transport.output), "A-ABORT(0,0) ");
  EXPECT_EQ(association.ending(), Ending::stopped);
}

TEST(Association, TellsWhyItWasRejected) {
  ScriptedTransport for_good(encode(rejections::called_ae));
  Association first(for_good, {});
  const Result<> rejected = first.request(testing::a_request());
  EXPECT_EQ(rejected.error().code, Errc::unauthorized);
  EXPECT_EQ(rejected.error().message(), "rejected for good: called AE title not recognized");
  ScriptedTransport for_now(encode(rejections::congestion));
  Association second(for_now, {});
  EXPECT_TRUE(second.request(testing::a_request()).error().transient());
}

TEST(Association, AgreesOnlyOnWhatWasProposed) {
  AssociateAccept answer = an_accept();
  answer.contexts[1].transfer_syntax = "1.2.840.10008.1.2.4.50";
  answer.contexts.push_back({7, ContextResult::accepted, "1.2.840.10008.1.2"});
  ScriptedTransport transport(encode(answer));
  Association association(transport, {});
  ASSERT_TRUE(association.request(testing::a_request()));
  ASSERT_EQ(association.contexts().size(), 1U);
  EXPECT_EQ(association.context(1)->abstract_syntax, verification_sop_class);
  EXPECT_EQ(association.context(3), nullptr);
  EXPECT_EQ(association.context(7), nullptr);
}

TEST(Association, SendsTitlesAndReservedBytesBackAsTheyCame) {
  std::string asked = encode(testing::a_request());
  const std::string head = std::string("   DMW          \xFFTEST\0         \1", 32) + std::string(31, 'r') + '\2';
  asked.replace(10, 64, head);
  ScriptedTransport transport(asked);
  Association association(transport, {});
  accept(association);
  EXPECT_EQ(transport.output.substr(10, 64), head);
}

TEST(Association, RefusesAPeerThatTakesNothing) {
  AssociateRequest request = testing::a_request();
  request.user.pdu_length_max = 7;
  ScriptedTransport transport(encode(request));
  Association association(transport, {});
  ASSERT_TRUE(association.await_request());
  EXPECT_EQ(association.accept(an_accept()).error().message(), "PDUs of 7 bytes have no content");
  EXPECT_EQ(association.ending(), Ending::violated);
}

/// What the acceptor says of data that breaks a rule, and that it aborts with "invalid PDU parameter value".
std::string complaint_of(std::string_view data) {
  const testing::Seen seen = testing::converse(encode(testing::a_request()) + std::string(data));
  EXPECT_EQ(words(seen.output), "A-ABORT(2,6) ");
  EXPECT_EQ(seen.ending, Ending::violated);
  return seen.log;
}

TEST(Association, DoesNotTrustLengths) {
  EXPECT_EQ(complaint_of(testing::pdu(4, "", 0xFFFFFFFF)),
            "a P-DATA-TF of 4294967295 bytes, more than the agreed 131072\n");
  EXPECT_EQ(complaint_of(testing::pdu(5, "", 0xFFFFFFFF)),
            "A-RELEASE-RQ of 4294967295 bytes; at most 1048576 are accepted\n");
  EXPECT_EQ(complaint_of(testing::p_data("")), "a P-DATA-TF without a PDV\n");
  EXPECT_EQ(complaint_of(testing::p_data("12345")), "a P-DATA-TF has only 5 bytes where a PDV must begin\n");
  EXPECT_EQ(complaint_of(testing::p_data(std::string("\0\0\0\1\1\3", 6))),
            "a PDV declares 1 bytes; the minimum is 2\n");
  EXPECT_EQ(complaint_of(testing::p_data(std::string("\xFF\xFF\xFF\xFF\1\3", 6))),
            "a PDV declares 4294967295 bytes, but its P-DATA-TF has only 2 left\n");
}

TEST(Association, KnowsOnlyAgreedContexts) {
  EXPECT_EQ(complaint_of(testing::p_data(testing::pdv(2, last_command, "x"))),
            "data for presentation context 2, which was not agreed\n");
}

TEST(Association, RefusesAHugeRequestBeforeItIsSent) {
  const testing::Seen seen = testing::converse(testing::pdu(1, "", 2'000'000));
  EXPECT_EQ(seen.log, "A-ASSOCIATE-RQ of 2000000 bytes; at most 1048576 are accepted\n");
  EXPECT_EQ(words(seen.output), "A-ABORT(0,0) ");
}

TEST(Association, SaysWhatElseCameToItsPort) {
  EXPECT_EQ(testing::converse("GET / HTTP/1.1\r\n\r\n").log,
            "what looks like HTTP came before an association was requested\n");
}

TEST(Association, RefusesAReleaseInTheMiddleOfAMessage) {
  const testing::Seen seen = testing::converse(encode(testing::a_request()) +
                                               testing::p_data(testing::pdv(1, command, "x")) + encode_release_rq());
  EXPECT_EQ(seen.log, "A-RELEASE-RQ came in the middle of a message\n");
  EXPECT_EQ(words(seen.output), "A-ABORT(2,2) ");
}

TEST(Association, StreamsAPduThatIsLongerThanItsBuffer) {
  const std::string payload(3 << 20, 'p');
  ScriptedTransport transport(encode(testing::a_request()) + testing::p_data(testing::pdv(3, last_data, payload)));
  Association association(transport, {});
  ASSERT_TRUE(association.await_request());
  AssociateAccept answer = an_accept();
  answer.user.pdu_length_max = 0;
  ASSERT_TRUE(association.accept(answer));
  std::size_t bytes = 0;
  for (bool last = false; !last;) {
    const auto fragment = association.receive(soon());
    ASSERT_TRUE(fragment && *fragment);
    bytes += (*fragment)->bytes.size();
    last = (*fragment)->last;
    EXPECT_EQ(last, bytes == payload.size());
  }
  EXPECT_EQ(bytes, payload.size());
}

TEST(Association, SendsPdusThatThePeerTakes) {
  AssociateRequest request = testing::a_request();
  request.user.pdu_length_max = 27;  // 20 bytes of payload fit, an even number of 21
  ScriptedTransport transport(encode(request));
  Association association(transport, {});
  ASSERT_TRUE(association.await_request());
  ASSERT_TRUE(association.accept(an_accept()));
  transport.output.clear();
  transport.writes = 0;
  ASSERT_TRUE(association.send_message(3, as_bytes(std::string(30, 'c')), as_bytes(std::string(40, 'd'))));
  using testing::p_data;
  using testing::pdv;
  EXPECT_EQ(transport.output,
            p_data(pdv(3, command, std::string(20, 'c'))) + p_data(pdv(3, last_command, std::string(10, 'c'))) +
                p_data(pdv(3, data, std::string(20, 'd'))) + p_data(pdv(3, last_data, std::string(20, 'd'))));
  EXPECT_EQ(transport.writes, 1U);
}

TEST(Association, EndsADatasetWithAnEmptyFragmentWhereNothingIsLeft) {
  ScriptedTransport transport(encode(testing::a_request()));
  Association association(transport, {});
  accept(association);
  transport.output.clear();
  ASSERT_TRUE(association.send_dataset(3, {}, true));
  EXPECT_EQ(transport.output, testing::p_data(testing::pdv(3, last_data, "")));
}

}  // namespace
}  // namespace dmw::ul
