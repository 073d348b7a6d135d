// A catalog and a store that are, or are not, of one installation (care/belonging.h).
#include "care/belonging.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/standing.h"
#include "ingest/test_installation.h"
#include "store/mark.h"

namespace dmw::ingest {
namespace {

using care::Belonging;
using care::BelongingFound;
using care::bind;
using care::look_at_belonging;
using care::may_lead;
using ::testing::HasSubstr;

class BelongingTest : public ::testing::Test {
 protected:
  BelongingFound look() { return look_at_belonging(&one_.database(), one_.store()).value(); }
  std::string refusal() { return bind(one_.database(), one_.store()).error().message(); }

  Installation one_;
};

TEST_F(BelongingTest, ANewCatalogAndANewStoreBelongTogetherFromThenOn) {
  EXPECT_EQ(look().kind, Belonging::both_new);
  EXPECT_EQ(look_at_belonging(nullptr, one_.store()).value().kind, Belonging::both_new);
  ASSERT_TRUE(bind(one_.database(), one_.store()));
  EXPECT_EQ(look().kind, Belonging::yes);
  one_.publish("1.2", {"1.2.1.1"});
  EXPECT_EQ(look().kind, Belonging::yes);
  EXPECT_TRUE(bind(one_.database(), one_.store()));
}

TEST_F(BelongingTest, AnEmptyCatalogBesideAStoreThatIsUsedIsRefusedWithWhatToDo) {
  ASSERT_TRUE(bind(one_.database(), one_.store()));
  one_.publish("1.2", {"1.2.1.1"});
  one_.lose_catalog();
  EXPECT_EQ(look().kind, Belonging::catalog_new);
  EXPECT_EQ(look_at_belonging(nullptr, one_.store()).value().kind, Belonging::catalog_new);
  EXPECT_THAT(refusal(), HasSubstr("--adopt-store"));
  EXPECT_EQ(look().kind, Belonging::catalog_new) << "a refusal changes nothing";
}

TEST_F(BelongingTest, ACatalogOfAnotherStoreIsRefusedWhateverIsAskedFor) {
  ASSERT_TRUE(catalog::bind_store(one_.database(), "11111111-2222-4333-8444-555555555555"));
  EXPECT_EQ(look().kind, Belonging::foreign);
  EXPECT_EQ(one_.adopt().error().code, Errc::conflict);
}

TEST_F(BelongingTest, AnOlderCopyOfTheCatalogIsRecognised) {
  ASSERT_TRUE(bind(one_.database(), one_.store()));
  one_.publish("1.2", {"1.2.1.1"});
  const auto backup = one_.copy_catalog();
  one_.publish("1.3", {"1.3.1.1"});
  one_.restore_catalog(backup);
  EXPECT_EQ(look().kind, Belonging::catalog_old);
  EXPECT_THAT(refusal(), HasSubstr("older than the store"));
}

/// What was recorded was acknowledged, and is gone from the inbox.
TEST_F(BelongingTest, AnOlderCopyIsRecognisedWhereNothingWasPublishedSince) {
  ASSERT_TRUE(bind(one_.database(), one_.store()));
  one_.publish("1.2", {"1.2.1.1"});
  const auto backup = one_.copy_running_catalog();
  one_.record("1.3", {"1.3.1.1"});
  one_.bench().clock.advance(2s);
  one_.look();
  EXPECT_EQ(look().kind, Belonging::yes);
  one_.restore_catalog(backup);
  EXPECT_EQ(look().kind, Belonging::catalog_old);
}

constexpr const char* belonging_variable = "DMW_BELONGING_TEST";

/// A backup is made, a study is published, and the program dies at once.
void publish_and_die(const std::filesystem::path& directory) {
  ::setenv("DMW_CRASH_AT", "settle.after_publish:2", 1);
  Installation one(directory);
  if (!bind(one.database(), one.store())) return;
  one.publish("1.2", {"1.2.1.1"});
  one.record("1.3", {"1.3.1.1"});
  one.copy_running_catalog();
  one.settle();
}

TEST(BelongingCrash, AnOlderCopyIsRecognisedWhereverItsSettlerDied) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  // The process that dies runs this test again from its start: it finds the directory of the one that watches.
  std::optional<ScratchFolder> owned;
  if (std::getenv(belonging_variable) == nullptr) {
    owned.emplace();
    ::setenv(belonging_variable, owned->path().c_str(), 1);
  }
  const std::filesystem::path directory = std::getenv(belonging_variable);
  EXPECT_EXIT(publish_and_die(directory), testing::KilledBySignal(SIGKILL), "");
  ::unsetenv(belonging_variable);

  Installation one(directory);
  EXPECT_EQ(one.story().size(), 2U);
  EXPECT_EQ(look_at_belonging(&one.database(), one.store()).value().kind, Belonging::yes) << "a healthy one goes on";
  one.restore_catalog(directory / "running");
  EXPECT_EQ(one.story().size(), 1U);
  EXPECT_EQ(look_at_belonging(&one.database(), one.store()).value().kind, Belonging::catalog_old);
}

TEST_F(BelongingTest, ACatalogThatAnotherOneReplacedIsRecognised) {
  ASSERT_TRUE(bind(one_.database(), one_.store()));
  one_.publish("1.2", {"1.2.1.1"});
  const auto old = one_.copy_catalog();
  one_.lose_catalog();
  ASSERT_TRUE(one_.adopt());
  EXPECT_EQ(look().kind, Belonging::yes);
  one_.restore_catalog(old);
  EXPECT_EQ(look().kind, Belonging::catalog_old);
  EXPECT_THAT(refusal(), HasSubstr("used with another catalog since"));
}

TEST_F(BelongingTest, ASettlerDoesNotBeginToLeadWithACatalogThatWentBack) {
  ASSERT_TRUE(bind(one_.database(), one_.store()));
  one_.publish("1.2", {"1.2.1.1"});
  const std::int64_t epoch = catalog::read_standing(one_.database())->settler_epoch;
  EXPECT_TRUE(may_lead(one_.database(), one_.store(), one_.catalog_id(), epoch + 1));
  EXPECT_EQ(may_lead(one_.database(), one_.store(), one_.catalog_id(), epoch).error().code, Errc::conflict);
  EXPECT_EQ(may_lead(one_.database(), one_.store(), Uuid::random(), epoch + 1).error().code, Errc::conflict);
}

TEST_F(BelongingTest, AMarkThatIsBrokenIsNoReasonToRefuse) {
  ASSERT_TRUE(bind(one_.database(), one_.store()));
  one_.publish("1.2", {"1.2.1.1"});
  const store::Marks marks = store::read_marks(one_.store()).value();
  const store::Document torn{ObjectKey("marks/" + one_.catalog_id().text() + ".e1.json"), "{\"posi"};
  ASSERT_TRUE(one_.store().write({&torn, 1}).at(0));
  const store::Document other{ObjectKey("marks/readme"), "x"};
  ASSERT_TRUE(one_.store().write({&other, 1}).at(0));
  EXPECT_EQ(marks.position_max, 1);
  EXPECT_EQ(look().kind, Belonging::yes);
}

}  // namespace
}  // namespace dmw::ingest
