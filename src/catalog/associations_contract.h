// What the catalog keeps of associations, on every engine. Part of the contract test.
#pragma once

#include "catalog/associations.h"
#include "catalog/contract.h"

namespace dmw::catalog {

inline Caller caller_at(MicrosUtc at, std::int64_t instances) {
  return {.source = "dimse",
          .calling_ae = "CT01",
          .peer = "10.1.2.3",
          .first_seen_at = at,
          .last_seen_at = at,
          .associations = 1,
          .instances = instances,
          .size_bytes = instances * 10};
}

TEST_P(CatalogContract, AddsUpWhatACallerDid) {
  const std::vector first = {caller_at(100, 0)};
  Caller later = caller_at(200, 5);
  later.peer = "10.1.2.4";
  later.refused_instances = 1;
  later.last_refused_at = 200;
  later.last_refusal = "the inbox is full";
  const std::vector second = {later};
  ASSERT_TRUE(note_associations(database(), {}, first));
  ASSERT_TRUE(note_associations(database(), {}, second));
  ASSERT_TRUE(note_associations(database(), {}, first));  // out of order
  const std::optional<Caller> known = caller(database(), {"dimse", "CT01"}).value();
  ASSERT_TRUE(known);
  EXPECT_EQ(known->first_seen_at, 100);
  EXPECT_EQ(known->last_seen_at, 200);
  EXPECT_EQ(known->associations, 3);
  EXPECT_EQ(known->instances, 5);
  EXPECT_EQ(known->size_bytes, 50);
  EXPECT_EQ(known->last_refused_at, 200);
  EXPECT_EQ(known->last_refusal, "the inbox is full");
  EXPECT_FALSE(caller(database(), {"dimse", "ct01"}).value());
  EXPECT_EQ(callers(database(), {}, 10)->size(), 1U);
  EXPECT_TRUE(callers(database(), {"dimse", "CT01"}, 10)->empty());
}

/// How many associations and callers go.
inline std::int64_t forget_associations(db::Database& database, const AssociationRetention& keep) {
  return Forgetting().pass(database, ended_associations(keep), 10).value().rows +
         Forgetting().pass(database, surplus_associations(keep), 10).value().rows +
         Forgetting().pass(database, old_strangers(keep), 10).value().rows;
}

TEST_P(CatalogContract, TellsOfAssociationsThatDidNotEndWellAndForgetsThemInTime) {
  std::vector<Association> ended(3);
  for (std::size_t i = 0; i < ended.size(); ++i) {
    ended[i].correlation_id = Uuid::random();
    ended[i].calling_ae = i == 1 ? "MR" : "CT01";
    ended[i].ended_at = static_cast<MicrosUtc>(100 * (i + 1));
    ended[i].outcome = AssociationOutcome::rejected;
    ended[i].reason = "the called AE title is not ours";
    ended[i].repeats = static_cast<std::int64_t>(i);
  }
  const std::vector both = {caller_at(150, 0), caller_at(150, 1)};
  ASSERT_TRUE(note_associations(database(), ended, std::span(both).first(1)));
  const std::vector<Association> of_ct = associations(database(), {.calling_ae = "CT01"}).value();
  ASSERT_EQ(of_ct.size(), 2U);
  EXPECT_EQ(of_ct[0].repeats, 2);
  EXPECT_EQ(of_ct[1].reason, ended[0].reason);
  EXPECT_EQ(of_ct[1].correlation_id, ended[0].correlation_id);
  EXPECT_EQ(associations(database(), {.before_id = of_ct[0].id, .limit = 1})->at(0).calling_ae, "MR");

  ASSERT_EQ(forget_associations(database(), {150, 1'000, 1'000}), 1);
  EXPECT_EQ(associations(database(), {})->size(), 2U);
  ASSERT_EQ(forget_associations(database(), {150, 1, 1'000}), 1);  // one is enough
  EXPECT_EQ(associations(database(), {})->size(), 1U);
  ASSERT_EQ(forget_associations(database(), {160, 1'000, 1'000}), 1);  // it never sent anything
  EXPECT_FALSE(caller(database(), {"dimse", "CT01"}).value());
  ASSERT_TRUE(note_associations(database(), {}, std::span(both).last(1)));
  ASSERT_EQ(forget_associations(database(), {160, 1'000, 1'000}), 0);
  EXPECT_TRUE(caller(database(), {"dimse", "CT01"}).value());
}

TEST_P(CatalogContract, KeepsOnlySoManyStrangers) {
  std::vector<Caller> strangers;
  for (int i = 0; i < 5; ++i) {
    strangers.push_back(caller_at(100 + i, 0));
    strangers.back().calling_ae = format("AE{}", i);
  }
  ASSERT_TRUE(note_associations(database(), {}, strangers));
  EXPECT_EQ(forget_associations(database(), {0, 10, 2}), 3);
  const std::vector<Caller> left = callers(database(), {}, 10).value();
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].calling_ae, "AE3");
}

}  // namespace dmw::catalog
