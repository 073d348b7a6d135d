#include "dicom/ul/message_reader.h"

#include <gtest/gtest.h>

#include "dicom/ul/test_conversation.h"

namespace dmw::ul {
namespace {

using namespace testing;

const std::string opening = encode(a_request());

/// Two echoes and three stores: many PDVs in a PDU, commands and datasets mixed, one byte a PDV, empty PDVs.
std::string a_conversation() {
  std::string echo_in_bytes;
  for (const char byte : an_echo(2)) echo_in_bytes += pdv(1, command, std::string(1, byte));
  echo_in_bytes += pdv(1, last_command, "");
  return opening + p_data(pdv(1, last_command, an_echo(1))) + p_data(echo_in_bytes) +
         p_data(pdv(3, last_command, a_store(3)) + pdv(3, data, "abc") + pdv(3, data, "") + pdv(3, last_data, "def") +
                pdv(3, last_command, a_store(4))) +
         p_data(pdv(3, data, "")) + p_data(pdv(3, last_data, "ghi") + pdv(3, command, a_store(5).substr(0, 10))) +
         p_data(pdv(3, last_command, a_store(5).substr(10)) + pdv(3, last_data, "")) + encode_release_rq();
}

const std::string all_told =
    "C-ECHO-RQ 1 in 1\nC-ECHO-RQ 2 in 1\nC-STORE-RQ 3 in 3\nC-STORE-RQ 4 in 3\nC-STORE-RQ 5 in 3\n";

TEST(MessageReader, ReadsAWholeConversation) {
  const Seen seen = converse(a_conversation());
  EXPECT_EQ(seen.log, all_told);
  EXPECT_EQ(seen.datasets, (std::vector<std::string>{"abcdef", "ghi", ""}));
  EXPECT_EQ(seen.ending, Ending::released);
}

TEST(MessageReader, SeesTheSameHoweverTheBytesAreCut) {
  const std::string conversation = a_conversation();
  const Seen whole = converse(conversation);
  for (std::size_t cut = 1; cut < conversation.size(); ++cut) {
    bool first = true;
    EXPECT_EQ(converse(conversation, [&] { return std::exchange(first, false) ? cut : std::string::npos; }), whole)
        << "one cut at " << cut;
  }
  for (std::size_t size = 1; size < 20; ++size)
    EXPECT_EQ(converse(conversation, [size] { return size; }), whole) << "pieces of " << size;
}

TEST(MessageReader, SaysWhereAConversationEndsEarly) {
  const std::string conversation = a_conversation();
  for (std::size_t size = 0; size < conversation.size(); ++size) {
    const Seen seen = converse(conversation.substr(0, size));
    EXPECT_EQ(seen.ending, Ending::peer_closed) << size;
    EXPECT_NE(seen.log.find("the peer closed the connection, "), std::string::npos) << size;
  }
}

TEST(MessageReader, PassesTheEndOfItsBufferWithHeadersOfAnyPlace) {
  // More than the buffer holds, in PDUs of odd sizes: a header is cut by its end sooner or later.
  std::string conversation = opening + p_data(pdv(3, last_command, a_store()));
  std::string dataset;
  for (std::size_t i = 0; dataset.size() < 900'000; ++i) {
    const std::string part(i % 61, static_cast<char>(i));
    dataset += part;
    conversation += p_data(pdv(3, data, part));
  }
  conversation += p_data(pdv(3, last_data, "")) + encode_release_rq();
  for (const std::size_t size : {std::string::npos, std::size_t{65'537}, std::size_t{1'448}}) {
    const Seen seen = converse(conversation, [size] { return size; });
    ASSERT_EQ(seen.datasets.size(), 1U);
    EXPECT_TRUE(seen.datasets[0] == dataset) << size;
    EXPECT_EQ(seen.ending, Ending::released);
  }
}

std::string told_of(std::string_view pdvs) {
  const Seen seen = converse(opening + p_data(pdvs));
  EXPECT_EQ(seen.ending, Ending::violated);
  EXPECT_TRUE(seen.output.ends_with(encode(aborts::user)));
  return seen.log.substr(seen.log.rfind('\n', seen.log.size() - 2) + 1);
}

TEST(MessageReader, KeepsTheOrderOfAMessage) {
  EXPECT_EQ(told_of(pdv(3, last_data, "x")), "a dataset came where a command set was expected\n");
  EXPECT_EQ(told_of(pdv(3, last_command, a_store()) + pdv(3, last_command, an_echo())),
            "a command set came in the middle of a dataset\n");
  EXPECT_EQ(told_of(pdv(3, last_command, a_store()) + pdv(1, last_data, "x")),
            "a message of presentation context 3 continues in context 1\n");
  EXPECT_EQ(told_of(pdv(1, last_command, an_echo()) + pdv(1, last_data, "x")),
            "a dataset came where a command set was expected\n");
}

TEST(MessageReader, RefusesACommandSetThatMakesNoSense) {
  EXPECT_EQ(told_of(pdv(3, last_command, "12345")), "the command set ends with 5 bytes of an element\n");
}

TEST(MessageReader, BoundsACommandSet) {
  const std::string piece = pdv(3, command, std::string(30'000, 'x'));
  EXPECT_EQ(told_of(piece + piece + piece), "a command set of more than 65536 bytes\n");
}

TEST(MessageReader, DropsADatasetThatNobodyTook) {
  ScriptedTransport transport(opening + p_data(pdv(3, last_command, a_store()) + pdv(3, last_data, "xyz")) +
                              p_data(pdv(1, last_command, an_echo(2))));
  Association association(transport, {});
  ASSERT_TRUE(association.accept(*negotiate(*association.await_request(), testing::any_storage())));
  MessageReader reader(association, {});
  ASSERT_TRUE(reader.next());
  const Result<std::optional<Message>> message = reader.next();
  ASSERT_TRUE(message && *message);
  EXPECT_EQ((*message)->command.field, CommandField::c_echo_rq);
}

/// A C-ECHO that says it has a dataset, which nobody takes, and its pieces.
std::string an_echo_with(const std::vector<std::size_t>& pieces) {
  const std::string request = encode(Command{
      .field = CommandField::c_echo_rq, .message_id = 1, .has_dataset = true, .sop_class = verification_sop_class});
  std::string pdvs = pdv(1, last_command, request);
  for (const std::size_t size : pieces) pdvs += pdv(1, data, std::string(size, 'x'));
  return p_data(pdvs + pdv(1, last_data, "")) + p_data(pdv(1, last_command, an_echo(2)));
}

TEST(MessageReader, BoundsWhatItDrops) {
  const auto second_message = [](const std::vector<std::size_t>& pieces, Ending& ending) {
    ScriptedTransport transport(opening + an_echo_with(pieces));
    Association association(transport, {});
    EXPECT_TRUE(association.accept(*negotiate(*association.await_request(), testing::any_storage())));
    MessageReader reader(association, {.dropped_bytes_max = 1'000});
    EXPECT_TRUE(reader.next());
    const Result<std::optional<Message>> message = reader.next();
    ending = association.ending();
    return message ? "" : message.error().message();
  };
  Ending ending{};
  EXPECT_EQ(second_message({600, 400}, ending), "");
  EXPECT_EQ(ending, Ending::none);
  EXPECT_EQ(second_message({600, 400, 1}, ending), "a data set that was refused continued for more than 1000 bytes");
  EXPECT_EQ(ending, Ending::aborted);
}

TEST(MessageReader, SeesAReleaseInPlaceOfADataset) {
  const Seen seen = converse(opening + p_data(pdv(3, last_command, a_store())) + encode_release_rq());
  EXPECT_EQ(seen.log, "C-STORE-RQ 1 in 3\nthe peer released the association instead of sending a dataset\n");
}

/// Gives its input byte by byte, and takes the deadlines down.
class Watched final : public Transport {
 public:
  explicit Watched(std::string input) : script_(std::move(input), ScriptedTransport::End::is_silent) {}
  Result<std::size_t> read(std::span<std::byte> into, Monotonic deadline) override {
    if (deadlines.empty() || deadlines.back() != deadline) deadlines.push_back(deadline);
    return script_.read(into.first(1), deadline);
  }
  Result<> write(std::span<const ByteView> parts, Monotonic deadline) override {
    return script_.write(parts, deadline);
  }
  void close() override { script_.close(); }
  void interrupt() override { script_.interrupt(); }

  std::vector<Monotonic> deadlines;

 private:
  ScriptedTransport script_;
};

TEST(MessageReader, GivesASlowDatasetTimeOnlyForBytes) {
  Watched transport(opening + p_data(pdv(3, last_command, a_store())) +
                    p_data(pdv(3, data, std::string(99, 'x')) + pdv(3, data, "") + pdv(3, data, "")));
  Association association(transport, {.linger = std::chrono::milliseconds(0)});
  ASSERT_TRUE(association.accept(*negotiate(*association.await_request(), testing::any_storage())));
  MessageReader reader(association, {.stall_bytes_min = 40});
  ASSERT_TRUE(reader.next());
  transport.deadlines.clear();
  EXPECT_EQ(reader.dataset([](ByteView) { return true; }).error().code, Errc::timeout);
  // At the start, after 40 bytes, after 80, and one for the abort: not one for each byte.
  EXPECT_EQ(transport.deadlines.size(), 4U);
  EXPECT_EQ(association.ending(), Ending::timed_out);
}

TEST(MessageReader, EndsAFloodOfEmptyPdvs) {
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += pdv(1, command, "");
  const std::string empty_data = [] {
    std::string pdvs;
    for (int i = 0; i < 1000; ++i) pdvs += pdv(3, data, "");
    return pdvs;
  }();
  // Everything is there at once, so no read ever waits; time is over from the start.
  for (const std::string& pdvs : {flood, pdv(3, last_command, a_store()) + empty_data}) {
    ScriptedTransport transport(opening + p_data(pdvs) + p_data(pdv(1, last_command, an_echo())));
    Association association(transport, {.linger = std::chrono::milliseconds(0)});
    ASSERT_TRUE(association.accept(*negotiate(*association.await_request(), testing::any_storage())));
    MessageReader reader(association, {.idle = std::chrono::milliseconds(0), .stall = std::chrono::milliseconds(0)});
    Result<std::optional<Message>> message = reader.next();
    if (message) message = reader.next();
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().code, Errc::timeout);
    EXPECT_EQ(association.ending(), Ending::timed_out);
  }
}

}  // namespace
}  // namespace dmw::ul
