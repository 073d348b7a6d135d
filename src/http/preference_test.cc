#include "http/preference.h"

#include <gtest/gtest.h>

namespace dmw::http {
namespace {

TEST(Preference, ReadsWhatItCanAndIgnoresTheRest) {
  EXPECT_EQ(Preference::of({{"Prefer", "return=minimal, wait=10; foo"}}).wait, std::chrono::seconds(10));
  EXPECT_EQ(Preference::of({{"Prefer", "WAIT = \"7\""}}).wait, std::chrono::seconds(7));
  EXPECT_EQ(Preference::of({{"Prefer", "wait=99999"}}).wait, std::chrono::seconds(300));
  EXPECT_EQ(Preference::of({{"Prefer", "foo"}, {"prefer", "wait=5, wait=6"}}).wait, std::chrono::seconds(5));
  EXPECT_FALSE(Preference::of({{"Prefer", "wait"}}).wait);
  EXPECT_FALSE(Preference::of({{"Prefer", "wait=-1"}}).wait);
  EXPECT_TRUE(Preference::of({{"Prefer", "respond-async"}}).respond_async);
}

}  // namespace
}  // namespace dmw::http
