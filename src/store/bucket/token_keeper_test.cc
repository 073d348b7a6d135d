#include "store/bucket/token_keeper.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "testing/eventually.h"
#include "testing/manual_clock.h"

namespace dmw::store::bucket {
namespace {

using namespace std::chrono_literals;

struct Authority {
  std::atomic<int> fetches = 0;
  std::atomic<bool> is_away = false;

  TokenSource source() {
    return [this]() -> Result<Token> {
      ++fetches;
      if (is_away) return fail(Errc::unavailable, "the authority is away");
      return Token{Private<std::string>("token-" + std::to_string(fetches)), 3'600s};
    };
  }
};

std::string text_of(const Result<Private<std::string>>& token) {
  return token ? token->reveal() : token.error().what;
}

TEST(TokenKeeper, FetchesOneTokenForAll) {
  ManualClock clock;
  Authority authority;
  TokenKeeper keeper(authority.source(), clock);
  std::vector<std::jthread> askers;
  for (int n = 0; n < 16; ++n) askers.emplace_back([&] { EXPECT_EQ(text_of(keeper.get()), "token-1"); });
  askers.clear();
  EXPECT_EQ(authority.fetches, 1);
}

TEST(TokenKeeper, RenewsATokenBeforeItEnds) {
  ManualClock clock;
  Authority authority;
  TokenKeeper keeper(authority.source(), clock);
  EXPECT_EQ(text_of(keeper.get()), "token-1");
  clock.advance(3'300s);
  EXPECT_TRUE(eventually([&] { return text_of(keeper.get()) == "token-2"; })) << "nobody had to wait for it";
}

TEST(TokenKeeper, KeepsATokenWhileTheAuthorityIsAway) {
  ManualClock clock;
  Authority authority;
  TokenKeeper keeper(authority.source(), clock);
  EXPECT_EQ(text_of(keeper.get()), "token-1");
  authority.is_away = true;
  clock.advance(3'400s);
  EXPECT_TRUE(eventually([&] { return authority.fetches > 1; }));
  EXPECT_EQ(text_of(keeper.get()), "token-1") << "it lasts for 200 s yet";
  clock.advance(300s);
  EXPECT_EQ(text_of(keeper.get()), "the authority is away");
  authority.is_away = false;
  EXPECT_TRUE(eventually([&] {
    clock.advance(1s);
    return keeper.get().has_value();
  }));
}

TEST(TokenKeeper, FetchesARefusedTokenAnewOnce) {
  ManualClock clock;
  Authority authority;
  TokenKeeper keeper(authority.source(), clock);
  const Private<std::string> first = keeper.get().value();
  keeper.reject(first);
  EXPECT_EQ(text_of(keeper.get()), "token-2");
  keeper.reject(first);
  EXPECT_EQ(text_of(keeper.get()), "token-2") << "another request had the same one";
}

}  // namespace
}  // namespace dmw::store::bucket
