#include "dimse/verification/echo.h"

#include <future>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/listening.h"
#include "dicom/ul/association.h"
#include "dicom/ul/negotiation.h"
#include "dicom/ul/socket_transport.h"

namespace dmw::dimse {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_within = 10s;

File next_caller(const File& listener) {
  pollfd waiting{.fd = listener.descriptor(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(answer_within).count())), 1);
  return File(::accept(listener.descriptor(), nullptr, nullptr));
}

/// A peer that agrees to an association, but to none of its contexts.
ul::Ending refuse_every_context(const File& listener) {
  ul::SocketTransport transport(next_caller(listener));
  ul::Association association(transport, {.artim = answer_within});
  const Result<ul::AssociateRequest> request = association.await_request();
  EXPECT_TRUE(request);
  ul::AssociateAccept answer = ul::negotiate(*request, {}).value();
  for (ul::AnsweredContext& context : answer.contexts)
    context.result = ul::ContextResult::abstract_syntax_not_supported;
  EXPECT_TRUE(association.accept(answer));
  EXPECT_TRUE(association.receive(ul::from_now(answer_within)));
  return association.ending();
}

TEST(Echo, SaysThatThePeerRefusesVerificationAndReleases) {
  const File listener = listen_tcp("127.0.0.1", 0).value();
  auto peer = std::async(std::launch::async, [&] { return refuse_every_context(listener); });
  const Result<Echo> heard = echo({"PEER", "127.0.0.1", port_of(listener.descriptor())}, "SCU", answer_within);
  ASSERT_FALSE(heard);
  EXPECT_EQ(heard.error().code, Errc::unsupported);
  EXPECT_EQ(heard.error().message(), "the peer did not accept Verification");
  EXPECT_EQ(peer.get(), ul::Ending::released);
}

/// A peer that lets nobody in, for this reason.
void reject_one(const File& listener, const ul::Rejection& reason) {
  ul::SocketTransport transport(next_caller(listener));
  ul::Association association(transport, {.artim = answer_within});
  EXPECT_TRUE(association.await_request());
  EXPECT_TRUE(association.reject(reason));
}

TEST(Echo, SaysWhatToDoWhereThePeerDoesNotKnowATitle) {
  const File listener = listen_tcp("127.0.0.1", 0).value();
  const Target target{"PEER", "127.0.0.1", port_of(listener.descriptor())};
  for (const auto& [reason, words] :
       {std::pair(ul::rejections::calling_ae, "does not know our AE title SCU: register"),
        std::pair(ul::rejections::called_ae, "does not have the AE title PEER: correct")}) {
    auto peer = std::async(std::launch::async, [&listener, why = reason] { reject_one(listener, why); });
    const Result<Echo> heard = echo(target, "SCU", answer_within);
    peer.get();
    ASSERT_FALSE(heard);
    EXPECT_TRUE(heard.error().message().contains(words)) << heard.error().message();
  }
}

TEST(Echo, NamesHostAndPortWhereNobodyListens) {
  std::uint16_t closed = 0;
  {
    const File listener = listen_tcp("127.0.0.1", 0).value();
    closed = port_of(listener.descriptor());
  }
  const Result<Echo> heard = echo({"PEER", "127.0.0.1", closed}, "SCU", answer_within);
  ASSERT_FALSE(heard);
  EXPECT_TRUE(heard.error().message().starts_with("no connection to 127.0.0.1:" + std::to_string(closed) + ": "))
      << heard.error().message();
}

}  // namespace
}  // namespace dmw::dimse
