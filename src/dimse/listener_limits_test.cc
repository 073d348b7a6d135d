// What the listener does when there is too much of something.
#include <cstdio>
#include <random>

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "dicom/ul/test_conversation.h"
#include "dimse/test_listener.h"

namespace dmw::dimse {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// Kilobytes of memory that this process holds.
long resident_kib() {
  long pages = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  EXPECT_EQ(std::fscanf(file, "%*d %ld", &pages), 1);
  std::fclose(file);
  return pages * (::sysconf(_SC_PAGESIZE) / 1024);
}

TEST_F(ListenerTest, RefusesAnAssociationBeyondItsNumberForNow) {
  open({.associations = 2, .associations_per_host = 1});
  const auto first = associated();
  const Result<> second = sender()->associate();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::unavailable);
  EXPECT_THAT(second.error().what, HasSubstr("local limit exceeded"));
  EXPECT_THAT(bad_ends().at(0).reason, HasSubstr("DIMSE_ASSOCIATIONS"));
  ASSERT_TRUE(first->association().release());
  EXPECT_TRUE(eventually([&] { return listener_->open() == 0; }));
  EXPECT_TRUE(sender()->associate());
}

TEST_F(ListenerTest, LetsASenderInWhereTheSilentTakeEveryConnection) {
  open({.associations = 1, .associations_per_host = 1});
  std::vector<std::unique_ptr<Sender>> silent;
  for (int i = 0; i < 40; ++i) silent.push_back(sender());
  const auto scu = associated();
  EXPECT_EQ(scu->user().echo()->status, ul::Status::success);
  const catalog::Association kept = bad_ends().at(0);
  EXPECT_EQ(kept.outcome, catalog::AssociationOutcome::rejected);
  EXPECT_EQ(kept.reason, "closed to make room for another connection, before it had an association");
  // Those that came last are still there.
  EXPECT_EQ(silent.front()->associate().error().what.find("local limit exceeded"), std::string::npos);
  EXPECT_THAT(silent.back()->associate().error().what, HasSubstr("local limit exceeded"));
}

TEST_F(ListenerTest, ClosesInTimeOverAPeerThatDoesNotListen) {
  open();
  const auto transport = ul::SocketTransport::connect("127.0.0.1", listener_->port(), ul::from_now(patience)).value();
  ul::Association association(*transport, {});
  ASSERT_TRUE(association.request(ul::propose("SCU", "DMW", {}, {}).value()));
  std::string echoes;
  for (int i = 0; i < 1'000; ++i)
    echoes += ul::testing::p_data(ul::testing::pdv(1, ul::testing::last_command, ul::testing::an_echo()));
  const ByteView bytes = as_bytes(echoes);
  // Until the answers, which nobody reads, have nowhere to go.
  while (transport->write({&bytes, 1}, ul::from_now(500ms))) continue;
  const auto began = std::chrono::steady_clock::now();
  listener_->stop(100ms);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 30s);  // DIMSE_IDLE_TIMEOUT is 60 s
}

TEST_F(ListenerTest, EndsAnAssociationThatIsSilentForTooLong) {
  open({.idle = 100ms});
  const auto scu = associated();
  const catalog::Association kept = bad_ends().at(0);
  EXPECT_EQ(kept.outcome, catalog::AssociationOutcome::broken);
  EXPECT_EQ(kept.calling_ae, "SCU");
  EXPECT_FALSE(scu->association().receive(std::chrono::steady_clock::now() + patience));
  EXPECT_EQ(scu->association().ending(), ul::Ending::peer_aborted);
}

// Sanitizers hold on to what was freed.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr long growth_max_kib = 64 * 1024;
#else
constexpr long growth_max_kib = 4 * 1024;
#endif
#else
constexpr long growth_max_kib = 4 * 1024;
#endif

TEST_F(ListenerTest, SurvivesAThousandMalformedRequestsWithoutGrowing) {
  open({.artim = 200ms});
  std::mt19937 random(4711);
  const std::string good = ul::encode(ul::propose("SCU", "DMW", {}, {}).value());
  const auto send_one = [&] {
    std::string bytes = good;
    for (int i = 0; i < 8; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    bytes.resize(random() % (bytes.size() + 1));
    const auto transport =
        ul::SocketTransport::connect("127.0.0.1", listener_->port(), std::chrono::steady_clock::now() + patience)
            .value();
    const ByteView part = as_bytes(bytes);
    static_cast<void>(transport->write(std::span(&part, 1), std::chrono::steady_clock::now() + patience));
    transport->close();
  };
  for (int i = 0; i < 200; ++i) send_one();
  ASSERT_TRUE(eventually([&] { return listener_->open() == 0; }));
  const long before = resident_kib();
  for (int i = 0; i < 1'000; ++i) send_one();
  EXPECT_TRUE(sender()->associate());
  EXPECT_LT(resident_kib() - before, growth_max_kib);
}

}  // namespace
}  // namespace dmw::dimse
