#include "dicom/ul/service_user.h"

#include <array>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dicom/ul/socket_transport.h"
#include "dicom/ul/test_conversation.h"

namespace dmw::ul {
namespace {

using testing::Seen;

/// An acceptor on a thread of its own, at the other end of a socket.
class Peer {
 public:
  explicit Peer(const Policy& policy = testing::any_storage()) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ours_ = std::make_unique<SocketTransport>(File(ends[0]));
    thread_ = std::thread([this, policy, end = ends[1]] {
      SocketTransport transport{File(end)};
      Association association(transport, {});
      const Result<AssociateRequest> request = association.await_request();
      if (request && association.accept(*negotiate(*request, policy))) testing::serve(association, seen_);
      seen_.ending = association.ending();
    });
  }
  ~Peer() {
    ours_->close();
    if (thread_.joinable()) thread_.join();
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  Transport& transport() { return *ours_; }
  const Seen& seen() {
    thread_.join();
    return seen_;
  }

 private:
  std::unique_ptr<SocketTransport> ours_;
  std::thread thread_;
  Seen seen_;
};

constexpr std::chrono::milliseconds patience{10'000};

Instance an_instance(std::uint64_t offset = 0) {
  return {.sop_class = testing::ct_image,
          .sop_instance = "1.2.3.4.5",
          .transfer_syntax = explicit_little_endian,
          .dataset_offset = offset};
}

/// Different at every place.
std::string a_dataset(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 2654435761U >> 13U);
  return out;
}

TEST(ServiceUser, EchoesAndStoresAndReleases) {
  Peer peer;
  Association association(peer.transport(), {});
  ASSERT_TRUE(association.request(testing::a_request()));
  ServiceUser user(association, patience);
  EXPECT_EQ(user.echo()->status, Status::success);
  const std::string large = a_dataset(5'000'001);
  for (const std::string& file : {std::string("meta"), "meta" + large}) {
    dicom::MemorySource source(as_bytes(file));
    EXPECT_EQ(user.store(an_instance(4), source)->status, Status::success);
  }
  EXPECT_TRUE(association.release());
  const Seen& seen = peer.seen();
  EXPECT_EQ(seen.log, "C-ECHO-RQ 1 in 1\nC-STORE-RQ 2 in 3\nC-STORE-RQ 3 in 3\n");
  EXPECT_EQ(seen.datasets, (std::vector<std::string>{"", large}));
  EXPECT_EQ(seen.ending, Ending::released);
}

TEST(ServiceUser, StoresAFileInPieces) {
  const std::string dataset = a_dataset((3 << 20) + 5);
  char path[] = "/tmp/service_user_test_XXXXXX";
  File file(::mkostemp(path, O_CLOEXEC));
  ::unlink(path);
  ASSERT_TRUE(file.write_all(as_bytes("metadata" + dataset)));
  Peer peer;
  Association association(peer.transport(), {});
  ASSERT_TRUE(association.request(testing::a_request()));
  ServiceUser user(association, patience);
  Result<dicom::FileSource> source = dicom::FileSource::of(file);
  ASSERT_TRUE(source);
  EXPECT_EQ(user.store(an_instance(8), *source)->status, Status::success);
  association.abort();
  const Seen& seen = peer.seen();
  EXPECT_EQ(seen.datasets, std::vector<std::string>{dataset});
  EXPECT_EQ(seen.ending, Ending::peer_aborted);
}

TEST(ServiceUser, SendsOnlyWhatWasAgreed) {
  Peer peer;
  Association association(peer.transport(), {});
  ASSERT_TRUE(association.request(testing::a_request()));
  ServiceUser user(association, patience);
  dicom::MemorySource source(as_bytes("x"));
  Instance other = an_instance();
  other.transfer_syntax = implicit_little_endian;
  const Result<Answer> answer = user.store(other, source);
  EXPECT_EQ(answer.error().code, Errc::unsupported);
  EXPECT_EQ(answer.error().message(), "the peer did not accept CT Image Storage in Implicit VR Little Endian");
  EXPECT_EQ(user.store(an_instance(2), source).error().code, Errc::invalid);
  EXPECT_EQ(association.ending(), Ending::none);
}

TEST(ServiceUser, RefusesTheAnswerToAnotherMessage) {
  const std::string answer =
      encode(Command{.field = CommandField::c_echo_rsp, .message_id = 99, .sop_class = verification_sop_class});
  testing::ScriptedTransport transport(encode(*negotiate(testing::a_request(), testing::any_storage())) +
                                       testing::p_data(testing::pdv(1, testing::last_command, answer)));
  Association association(transport, {});
  ASSERT_TRUE(association.request(testing::a_request()));
  ServiceUser user(association, patience);
  EXPECT_EQ(user.echo().error().message(), "received C-ECHO-RSP of message 99 instead of C-ECHO-RSP of message 1");
}

TEST(ServiceUser, HandsOnAStatusWithItsComment) {
  const std::string answer = encode(response(Command{.field = CommandField::c_echo_rq, .message_id = 1},
                                             Status::out_of_resources, "the inbox is full"));
  testing::ScriptedTransport transport(encode(*negotiate(testing::a_request(), testing::any_storage())) +
                                       testing::p_data(testing::pdv(1, testing::last_command, answer)));
  Association association(transport, {});
  ASSERT_TRUE(association.request(testing::a_request()));
  ServiceUser user(association, patience);
  const Result<Answer> told = user.echo();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->status, Status::out_of_resources);
  EXPECT_EQ(told->error_comment, "the inbox is full");
}

TEST(ServiceUser, ProposesEachPairInAContextOfItsOwn) {
  const std::vector<std::string> classes = {std::string(testing::ct_image), "1.2.840.10008.5.1.4.1.1.4"};
  const std::vector<std::string> syntaxes = {std::string(explicit_little_endian), "1.2.840.10008.1.2.4.90"};
  const AssociateRequest request = propose("ME", "DMW", classes, syntaxes).value();
  ASSERT_EQ(request.contexts.size(), 5U);
  EXPECT_EQ(request.contexts[0].abstract_syntax, verification_sop_class);
  EXPECT_EQ(request.contexts[4], (ProposedContext{9, classes[1], {syntaxes[1]}}));
  EXPECT_EQ(negotiate(request, testing::any_storage(false, "DMW"))->contexts.size(), 5U);
  EXPECT_EQ(propose("ME", "DMW", std::vector<std::string>(64, "1.2"), syntaxes).error().code, Errc::too_large);
}

TEST(SocketTransport, EndsAWaitThatIsInterrupted) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  SocketTransport transport{File(ends[0])};
  const File other(ends[1]);
  std::thread interrupter([&] { transport.interrupt(); });
  std::byte byte{};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  EXPECT_EQ(transport.read({&byte, 1}, deadline).error().code, Errc::cancelled);
  interrupter.join();
  // The last word still goes out.
  const ByteView word = as_bytes("bye");
  EXPECT_TRUE(transport.write({&word, 1}, deadline));
}

TEST(SocketTransport, EndsAWriteThatNobodyTakesWhenItIsSevered) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  SocketTransport transport{File(ends[0])};
  const File other(ends[1]);
  std::thread severing([&] {
    // The writer has begun once something is there to be read.
    std::byte byte{};
    EXPECT_EQ(::recv(other.descriptor(), &byte, 1, MSG_PEEK), 1);
    transport.sever();
  });
  const std::string much(8 << 20, 'x');
  const ByteView bytes = as_bytes(much);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  EXPECT_EQ(transport.write({&bytes, 1}, deadline).error().code, Errc::unavailable);
  severing.join();
  std::byte byte{};
  EXPECT_EQ(transport.read({&byte, 1}, deadline).error().code, Errc::cancelled);
}

TEST(SocketTransport, GivesUpAtTheDeadline) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  SocketTransport transport{File(ends[0])};
  const File other(ends[1]);
  std::byte byte{};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
  EXPECT_EQ(transport.read({&byte, 1}, deadline).error().code, Errc::timeout);
  const std::string much(8 << 20, 'x');
  const ByteView bytes = as_bytes(much);
  EXPECT_EQ(transport.write({&bytes, 1}, deadline).error().code, Errc::timeout);
}

TEST(SocketTransport, ConnectsByName) {
  const File listener(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener.descriptor(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener.descriptor(), 1), 0);
  ASSERT_EQ(::getsockname(listener.descriptor(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const auto caller = SocketTransport::connect("localhost", ntohs(address.sin_port), deadline);
  ASSERT_TRUE(caller);
  SocketTransport callee{File(::accept(listener.descriptor(), nullptr, nullptr))};
  const std::array<ByteView, 3> parts = {as_bytes("he"), ByteView(), as_bytes("llo")};
  ASSERT_TRUE((*caller)->write(parts, deadline));
  (*caller)->close();
  std::string came;
  for (std::array<std::byte, 2> some;;) {
    const Result<std::size_t> count = callee.read(some, deadline);
    ASSERT_TRUE(count);
    if (*count == 0) break;
    came += as_text(ByteView(some).first(*count));
  }
  EXPECT_EQ(came, "hello");
}

TEST(SocketTransport, SaysWhyItCannotConnect) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const auto refused = SocketTransport::connect("127.0.0.1", 1, deadline);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_NE(refused.error().message().find("Connection refused"), std::string::npos);
}

}  // namespace
}  // namespace dmw::ul
