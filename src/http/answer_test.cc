// Answers that are longer than a text: streams, and ranges of files.
#include <filesystem>

#include <fcntl.h>
#include <gmock/gmock.h>

#include "http/test_serving.h"
#include "testing/eventually.h"
#include "testing/scratch_folder.h"

namespace dmw::http {
namespace {

TEST(Answer, StreamsEventsUntilTheEnd) {
  Mailbox<Stream> streams;
  Serving serving({route("GET", "/events", [&](const Request&, Responder responder) {
    streams.put(responder.stream(200, {{"Content-Type", "text/event-stream"}}));
  })});
  std::string heard;
  std::thread feeder([&] {
    Stream stream = streams.get();
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(stream.write(format("data: {}\n\n", i)));
    stream.close();
    EXPECT_FALSE(stream.write("late"));
  });
  const auto response = serving.client().get_to("/events", [&](ByteView bytes) -> Result<> {
    heard += as_text(bytes);
    return {};
  });
  feeder.join();
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->headers.get("Content-Type"), "text/event-stream");
  EXPECT_TRUE(heard.starts_with("data: 0\n\ndata: 1\n\n"));
  EXPECT_TRUE(heard.ends_with("data: 999\n\n"));
}

TEST(Answer, BoundsWhatAStreamHoldsForASlowClient) {
  Mailbox<Stream> streams;
  ServerOptions options;
  options.stream_limit_bytes = 100'000;
  Serving serving({route("GET", "/events",
                         [&](const Request&, Responder responder) {
                           streams.put(responder.stream(200, {{"Content-Type", "text/event-stream"}}));
                         })},
                  std::move(options));
  auto socket = TestSocket::connect(serving.port());
  socket.say(get("/events"));
  Stream stream = streams.get();
  const std::string piece(10'000, 'x');
  int written = 0;
  while (written < 10'000 && stream.write(piece)) ++written;
  EXPECT_LT(written, 10'000);
  EXPECT_TRUE(stream.open());
}

TEST(Answer, ClosesAStreamWhoseClientWentAway) {
  Mailbox<Stream> streams;
  Serving serving({route("GET", "/events", [&](const Request&, Responder responder) {
    streams.put(responder.stream(200, {{"Content-Type", "text/event-stream"}}));
  })});
  auto socket = TestSocket::connect(serving.port());
  socket.say(get("/events"));
  Stream stream = streams.get();
  socket.hear_until("\r\n\r\n");
  socket.close();
  EXPECT_TRUE(eventually([&] { return !stream.open(); }));
}

struct Sample {
  Sample() {
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 23);
    path = folder.write("sample", text);
  }
  File open() const { return File::open(path, O_RDONLY).value(); }
  std::string text = std::string(3 * kPieceBytes + 777, ' ');
  ScratchFolder folder;
  std::filesystem::path path;
};

TEST(Answer, SendsARangeOfAFileAndChecksWholePieces) {
  const Sample sample;
  std::mutex mutex;
  std::vector<std::pair<std::uint64_t, std::size_t>> checked;
  Serving serving({route("GET", "/file", [&](const Request& request, Responder responder) {
    const auto from = std::stoull(std::string(request.query("from").value()));
    const auto length = std::stoull(std::string(request.query("length").value()));
    Answer answer{.status = 206};
    answer.body = file_body(sample.open(), from, length, [&](std::uint64_t piece, ByteView bytes) -> Result<> {
      const std::lock_guard lock(mutex);
      checked.emplace_back(piece, bytes.size());
      return {};
    });
    responder.send(std::move(answer));
  })});
  Client client = serving.client();
  const auto whole = client.get(format("/file?from=0&length={}", sample.text.size())).value();
  EXPECT_EQ(whole.status, 206);
  EXPECT_TRUE(whole.body == sample.text);
  EXPECT_EQ(checked.size(), 4u);
  checked.clear();
  EXPECT_TRUE(client.get(format("/file?from={}&length={}", kPieceBytes - 3, kPieceBytes + 10)).value().body ==
              sample.text.substr(kPieceBytes - 3, kPieceBytes + 10));
  EXPECT_THAT(checked,
              testing::ElementsAre(std::pair(0u, kPieceBytes), std::pair(1u, kPieceBytes), std::pair(2u, kPieceBytes)));
  EXPECT_EQ(client.get("/file?from=5&length=0").value().body, "");
}

TEST(Answer, SendsABodyWhoseLengthNobodyKnowsYet) {
  Serving serving({route("GET", "/pieces/{count}", [](const Request& request, Responder responder) {
    Answer answer;
    answer.body = PulledBody{
        .length = std::nullopt,
        .next = [left = std::stoi(std::string(request.parameter("count")))]() mutable -> Result<std::string> {
          if (left == 7) return fail(Errc::corrupted, "it breaks in the middle");
          return left-- == 0 ? std::string() : std::string(1000, 'x');
        }};
    responder.send(std::move(answer));
  })});
  Client client = serving.client();
  EXPECT_EQ(client.get("/pieces/3").value().body, std::string(3000, 'x'));
  EXPECT_EQ(client.get("/pieces/0").value().body, "");
  EXPECT_EQ(client.get("/pieces/2").value().body.size(), 2000U) << "on the same connection";
  EXPECT_EQ(problem_of(client.get("/pieces/7").value()).at("status"), 500);
  EXPECT_FALSE(client.get("/pieces/9")) << "it was cut";
  EXPECT_THAT(serving.raw("GET /pieces/2 HTTP/1.0\r\nHost: localhost\r\n\r\n"),
              testing::EndsWith("\r\n\r\n" + std::string(2000, 'x')));
  EXPECT_THAT(serving.raw("HEAD /pieces/2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
              testing::EndsWith("\r\n\r\n"));
}

TEST(Answer, NeverSendsAPieceThatItsCheckRefuses) {
  const Sample sample;
  Serving serving({route("GET", "/file/{bad}", [&](const Request& request, Responder responder) {
    const auto bad = std::stoull(request.parameter("bad"));
    Answer answer;
    answer.body = file_body(sample.open(), 0, sample.text.size(), [bad](std::uint64_t piece, ByteView) -> Result<> {
      if (piece == bad) return fail(Errc::corrupted, "the piece does not match its checksum");
      return {};
    });
    responder.send(std::move(answer));
  })});
  Client client = serving.client();
  EXPECT_EQ(problem_of(client.get("/file/0").value()).at("status"), 500);
  std::size_t received = 0;
  const auto cut = client.get_to("/file/2", [&](ByteView bytes) -> Result<> {
    received += bytes.size();
    return {};
  });
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Errc::unavailable);
  EXPECT_LE(received, 2 * kPieceBytes);
}

}  // namespace
}  // namespace dmw::http
