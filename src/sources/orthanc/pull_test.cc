#include "sources/orthanc/pull.h"

#include <gtest/gtest.h>

namespace dmw::sources {
namespace {

constexpr std::size_t many = 8;
const Error passing{Errc::unavailable, "it answered 500", {}};

Pull of_study() {
  Request request;
  request.study = "study";
  return {request, Session{}};
}
Pull of_instances(std::vector<std::string> ids) {
  Request request;
  request.instances = std::move(ids);
  return {request, Session{}};
}
ended::Listed one_series() {
  OrthancStudy study;
  study.study_uid = "1.2";
  study.series = {"series"};
  return {study};
}
void end_next(Pull& pull, Step::Kind kind, StepEnd how) {
  std::optional<Step> step = pull.take(many);
  ASSERT_TRUE(step);
  ASSERT_EQ(step->kind, kind);
  pull.end(std::move(*step), std::move(how));
}
void list(Pull& pull, std::vector<std::string> instances) {
  end_next(pull, Step::Kind::study, one_series());
  end_next(pull, Step::Kind::series, ended::Found{std::move(instances), {}});
}

TEST(Pull, IsDoneWhenAllThatIsKeptIsRecorded) {
  Pull pull = of_study();
  list(pull, {"a", "b"});
  EXPECT_EQ(pull.left(), 2U);
  EXPECT_EQ(pull.study().get(), "1.2");
  end_next(pull, Step::Kind::fetch, ended::Kept{"1.2"});
  end_next(pull, Step::Kind::fetch, ended::Through{});
  EXPECT_FALSE(pull.left());
  EXPECT_FALSE(pull.ending());
  EXPECT_FALSE(pull.cancel()) << "it needs its source no more";
  pull.recorded();
  const std::optional<PullEnd> end = pull.ending();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->state, PullState::done);
  EXPECT_EQ(end->finished.instances_found, 2);
  EXPECT_EQ(end->finished.instances_fetched, 1);
}

/// The inbox, and another pull, may be faster than the end of the step.
TEST(Pull, HearsOfARecordingAndOfAnotherPullBeforeTheStepHasEnded) {
  Pull pull = of_instances({"a", "b"});
  end_next(pull, Step::Kind::look_up, ended::Found{{"a", "b"}, {}});
  std::optional<Step> first = pull.take(many);
  std::optional<Step> second = pull.take(many);
  ASSERT_TRUE(first && second);
  pull.recorded();
  pull.end(*first, ended::Kept{});
  pull.examine_again(second->id);
  pull.end(*second, ended::Waits{});
  EXPECT_FALSE(pull.ending());
  end_next(pull, Step::Kind::look_up, ended::Found{{}, {.unchanged = 1}});
  const std::optional<PullEnd> end = pull.ending();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->state, PullState::done);
  EXPECT_EQ(end->finished.instances_fetched, 1);
}

TEST(Pull, WaitsForAnotherThatHasAnInstance) {
  Pull pull = of_instances({"a"});
  end_next(pull, Step::Kind::look_up, ended::Found{{"a"}, {}});
  end_next(pull, Step::Kind::fetch, ended::Waits{});
  EXPECT_FALSE(pull.take(many));
  EXPECT_TRUE(pull.left());
  pull.examine_again("a");
  end_next(pull, Step::Kind::look_up, ended::Found{{"a"}, {}});
  end_next(pull, Step::Kind::fetch, ended::Outdated{});
  end_next(pull, Step::Kind::look_up, ended::Found{});
  EXPECT_EQ(pull.ending()->state, PullState::done);
}

TEST(Pull, AStepThatIsRefusedForTheLoadComesAgainAndSaysHowOften) {
  Pull pull = of_study();
  end_next(pull, Step::Kind::study, ended::Refused{});
  end_next(pull, Step::Kind::study, one_series());
  end_next(pull, Step::Kind::series, ended::Refused{});
  end_next(pull, Step::Kind::series, ended::Found{{"a"}, {}});
  for (int times = 0; times < 3; ++times) {
    std::optional<Step> step = pull.take(many);
    ASSERT_TRUE(step);
    EXPECT_EQ(step->refusals, times);
    pull.end(std::move(*step), ended::Refused{});
  }
  EXPECT_FALSE(pull.ending());
}

TEST(Pull, WhatIsNotToldOfTogetherIsListedAlone) {
  Pull pull = of_study();
  end_next(pull, Step::Kind::study, ended::NotTold{});
  EXPECT_FALSE(pull.take(many, Step::Kind::study)) << "not with others";
  const std::optional<Step> alone = pull.take(many);
  ASSERT_TRUE(alone);
  EXPECT_TRUE(alone->alone);
  EXPECT_EQ(alone->id, "study");
}

TEST(Pull, AStudyThatIsNotThereIsLookedForAgain) {
  Pull pull = of_study();
  end_next(pull, Step::Kind::study, ended::Absent{});
  const std::optional<PullEnd> end = pull.ending();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->state, PullState::done);
  EXPECT_EQ(end->finished.instances_absent, 1);
  EXPECT_EQ(end->finished.study_tag, "incomplete");
  ASSERT_TRUE(end->finished.again);
  EXPECT_EQ(end->finished.again->look, 1);
}

TEST(Pull, AStudyThatSomebodyAskedForAndThatIsNotThereHasFailed) {
  Pull pull = of_study();
  end_next(pull, Step::Kind::study, ended::NoSuchStudy{});
  const std::optional<PullEnd> end = pull.ending();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->state, PullState::failed);
  EXPECT_EQ(end->error.code, Errc::not_found);
  EXPECT_TRUE(end->finished.again);
}

TEST(Pull, AFailureLetsTheRestGoOnAndIsTriedAgain) {
  Pull pull = of_study();
  list(pull, {"a", "b"});
  end_next(pull, Step::Kind::fetch, ended::Failed{passing});
  EXPECT_FALSE(pull.ending());
  end_next(pull, Step::Kind::fetch, ended::Kept{});
  const std::optional<PullEnd> end = pull.ending();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->state, PullState::try_again);
  EXPECT_EQ(end->error.message(), passing.message());
}

TEST(Pull, AStudyThatCannotBeListedIsTriedAgain) {
  Pull pull = of_study();
  end_next(pull, Step::Kind::study, ended::Failed{passing});
  EXPECT_EQ(pull.ending()->state, PullState::try_again);
}

TEST(Pull, GivesUpAfterTwentyFailures) {
  Pull pull = of_study();
  list(pull, std::vector<std::string>(30, "a"));
  for (int n = 0; n < 20; ++n) end_next(pull, Step::Kind::fetch, ended::Failed{passing});
  EXPECT_FALSE(pull.take(many));
  EXPECT_EQ(pull.ending()->state, PullState::try_again);
}

/// An outage, or a stop that was not reported in another way: never done, whatever is listed by then.
TEST(Pull, IsGivenBackByOneStepAndStopsTheOthers) {
  for (const Errc code : {Errc::unavailable, Errc::cancelled}) {
    Pull pull = of_study();
    EXPECT_FALSE(pull.stop().stop_requested());
    end_next(pull, Step::Kind::study, ended::GivenBack{{code, "", {}}});
    EXPECT_TRUE(pull.stop().stop_requested());
    EXPECT_TRUE(pull.cancelled());
    EXPECT_FALSE(pull.ending());
    EXPECT_FALSE(pull.take(many));
  }
}

}  // namespace
}  // namespace dmw::sources
