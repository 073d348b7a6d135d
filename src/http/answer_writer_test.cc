#include "http/answer_writer.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/test_wire.h"

namespace dmw::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A writer, and the answers that it has sent. What an exchange passes on is not followed: the tests do it.
class AnswerWriterTest : public testing::Test, private AnswerWriter::Asker, private Exchange::Line {
 protected:
  AnswerWriterTest() {
    turn.request = std::make_shared<Request>();
    turn.request->method = "GET";
    turn.chunked = turn.keep_alive = true;
    shared.pool = std::make_unique<WorkPool>(1, 1);
  }
  ~AnswerWriterTest() override { end->finish(); }
  bool until_answered() {
    return end->run_until([&] { return !statuses.empty(); });
  }
  std::string heard() {
    end->wire.close();
    return end->peer.hear_all();
  }
  std::shared_ptr<Exchange> exchange() {
    return std::make_shared<Exchange>(static_cast<Exchange::Line&>(*this), Uuid::random(), 1 << 20, shared.answers);
  }

  std::shared_ptr<TestWire> end = TestWire::make();
  Shared shared{{}, Router({})};
  Turn turn;
  AnswerWriter writer{shared, end->wire, turn, *this};
  std::vector<int> statuses;

 private:
  void answered(int status) override { statuses.push_back(status); }
  void pass_answer(Answer /*answer*/) override {}
  void pass_stream(Answer /*head*/) override {}
  void pass_flush() override {}
  void pass_want() override {}
};

TEST_F(AnswerWriterTest, TellsOnceWhenTheWholeAnswerIsSent) {
  writer.answer(Answer::text(201, "text/plain", "hello"));
  EXPECT_TRUE(statuses.empty());
  ASSERT_TRUE(until_answered());
  EXPECT_EQ(statuses, std::vector{201});
  EXPECT_TRUE(turn.keep_alive);
  const std::string text = heard();
  EXPECT_THAT(text, StartsWith("HTTP/1.1 201 "));
  EXPECT_THAT(text, HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(text, EndsWith("\r\n\r\nhello"));
}

TEST_F(AnswerWriterTest, OfAHeadThereIsNoBody) {
  turn.request->method = "HEAD";
  writer.answer(Answer::text(200, "text/plain", "hello"));
  ASSERT_TRUE(until_answered());
  EXPECT_THAT(heard(), AllOf(HasSubstr("Content-Length: 5\r\n"), EndsWith("\r\n\r\n")));
}

TEST_F(AnswerWriterTest, ABodyOfUnknownLengthEndsTheConnectionOfAClientWithoutChunks) {
  turn.chunked = false;
  Answer answer;
  answer.body = PulledBody{.length = std::nullopt,
                           .next = [n = 0]() mutable -> Result<std::string> { return n++ == 0 ? "piece" : ""; }};
  writer.answer(std::move(answer));
  ASSERT_TRUE(until_answered());
  EXPECT_FALSE(turn.keep_alive);
  EXPECT_THAT(heard(), AllOf(HasSubstr("Connection: close"), EndsWith("piece")));
}

TEST_F(AnswerWriterTest, AnErrorBeforeTheFirstPieceIsTheAnswerAndALaterOneCutsTheWire) {
  const auto breaks_after = [](int pieces) {
    Answer answer;
    answer.body = PulledBody{.length = 10, .next = [pieces]() mutable -> Result<std::string> {
                               if (pieces-- > 0) return "piece";
                               return fail(Errc::corrupted, "other bytes");
                             }};
    return answer;
  };
  writer.answer(breaks_after(0));
  ASSERT_TRUE(until_answered());
  EXPECT_GE(statuses[0], 500);
  writer.answer(breaks_after(1));
  ASSERT_TRUE(end->run_until([&] { return end->wire.is_closed(); }));
  EXPECT_EQ(statuses.size(), 1U) << "nobody takes a cut answer for a whole one";
  EXPECT_THAT(heard(), EndsWith("piece"));
}

TEST_F(AnswerWriterTest, StreamsWhatIsWrittenUntilItsEnd) {
  const std::shared_ptr<Exchange> stream = exchange();
  stream->begin_stream({});
  EXPECT_FALSE(writer.is_streaming());
  writer.flush();
  writer.stream({}, stream);
  EXPECT_TRUE(writer.is_streaming());
  ASSERT_TRUE(stream->push("one"));
  writer.flush();
  stream->end_stream();
  writer.flush();
  ASSERT_TRUE(until_answered());
  EXPECT_FALSE(writer.is_streaming());
  EXPECT_THAT(heard(), AllOf(HasSubstr("3\r\none\r\n"), EndsWith("0\r\n\r\n"), Not(HasSubstr("Content-Length"))));
}

TEST_F(AnswerWriterTest, AnswersOfAStoppingServerEndTheConnection) {
  shared.stopping = true;
  writer.answer(Answer::text(200, "text/plain", "hello"));
  ASSERT_TRUE(until_answered());
  EXPECT_FALSE(turn.keep_alive);
}

}  // namespace
}  // namespace dmw::http
