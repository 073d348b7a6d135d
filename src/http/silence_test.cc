#include "http/silence.h"

#include <gtest/gtest.h>

namespace dmw::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Monotonic start{std::chrono::hours(1)};

TEST(Silence, LastsFromTheFirstQuestionUntilAByteComes) {
  Silence silence;
  EXPECT_EQ(silence.lasting(start), std::nullopt);
  silence.begin(start);
  EXPECT_EQ(silence.lasting(start + seconds(7)), seconds(7));
  silence.hear(start + seconds(8));
  EXPECT_EQ(silence.lasting(start + seconds(9)), seconds(1));
  silence.end();
  EXPECT_EQ(silence.lasting(start + seconds(60)), std::nullopt) << "nothing is asked";
  silence.begin(start + seconds(60));
  EXPECT_EQ(silence.lasting(start + seconds(61)), seconds(1));
}

TEST(Silence, IsOfAPeerThatAnswersNobody) {
  Silence silence;
  silence.begin(start);  // a slow one
  silence.begin(start + seconds(3));
  silence.hear(start + seconds(4));
  silence.end();
  EXPECT_EQ(silence.lasting(start + seconds(5)), seconds(1));
  silence.begin(start + seconds(6));
  EXPECT_EQ(silence.lasting(start + seconds(9)), seconds(5)) << "nobody has heard anything since the fourth second";
}

TEST(Silence, GoesOnWhenACallIsGivenUp) {
  Silence silence;
  silence.begin(start);
  silence.give_up(start);
  EXPECT_EQ(silence.lasting(start + seconds(61)), seconds(61));
  silence.begin(start + seconds(62));
  silence.give_up(start + seconds(62));
  EXPECT_EQ(silence.lasting(start + seconds(68)), seconds(68)) << "one silence, however often it is asked";
  silence.begin(start + seconds(69));
  silence.hear(start + seconds(70));
  silence.end();
  EXPECT_EQ(silence.lasting(start + seconds(71)), std::nullopt);
}

TEST(Silence, OfOneCallIsNotThatOfAPeerThatAnswersOthers) {
  Silence silence;
  silence.begin(start);
  silence.hear(start + seconds(30));  // another one's bytes
  silence.give_up(start);
  EXPECT_EQ(silence.lasting(start + seconds(61)), std::nullopt);
}

TEST(Silence, EndsWhenThePeerAcceptsNoConnectionAnyMore) {
  Silence silence;
  silence.begin(start);
  silence.give_up(start);
  silence.forget();
  EXPECT_EQ(silence.lasting(start + seconds(6)), std::nullopt);
}

}  // namespace
}  // namespace dmw::http
