#include "sources/orthanc/bulk_form.h"

#include <gtest/gtest.h>

#include "testing/manual_clock.h"

namespace dmw::sources {
namespace {

TEST(BulkForm, IsTriedAgainAWhileAfterARefusal) {
  ManualClock clock;
  BulkForm form(clock);
  EXPECT_TRUE(form.usable());
  EXPECT_TRUE(form.refused());
  EXPECT_FALSE(form.usable());
  clock.advance(BulkForm::rest - std::chrono::seconds(1));
  EXPECT_FALSE(form.usable());
  clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(form.usable());
  EXPECT_FALSE(form.refused()) << "it is told once";
  EXPECT_FALSE(form.usable());
}

TEST(BulkForm, AnAnswerEndsTheRefusal) {
  const ManualClock clock;
  BulkForm form(clock);
  EXPECT_TRUE(form.refused());
  form.forget();
  EXPECT_TRUE(form.usable());
  EXPECT_TRUE(form.refused()) << "it is told anew";
}

}  // namespace
}  // namespace dmw::sources
