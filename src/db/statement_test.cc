#include "db/statement.h"

#include <gtest/gtest.h>

namespace dmw::db {
namespace {

constexpr Dialect dialect{"clock()", "for update", "for update skip locked", "any(", ")"};

TEST(Statement, ExpandsTokensAndLeavesOtherBraces) {
  EXPECT_EQ(expand("select {now}, '{}', '{\"a\":1}' from t {skip_locked}", dialect),
            "select clock(), '{}', '{\"a\":1}' from t for update skip locked");
  EXPECT_EQ(expand("{for_update}{now}{", dialect), "for updateclock(){");
  EXPECT_EQ(expand("x = {any uid} and y = {any id}{any ", dialect), "x = any(uid) and y = any(id){any ");
}

TEST(Statement, PutsBatchBeforeItsOwnCommonTables) {
  EXPECT_EQ(with_batch("batch(a) as (values (1))", "select a from batch"),
            "with batch(a) as (values (1)) select a from batch");
  EXPECT_EQ(with_batch("batch(a) as (values (1))", "\n WITH x as (select 2) select 1"),
            "with batch(a) as (values (1)), x as (select 2) select 1");
  EXPECT_EQ(with_batch("b as (select 1)", "with recursive r as (select 1) select 1"),
            "with recursive b as (select 1), r as (select 1) select 1");
  EXPECT_EQ(with_batch("b as (select 1)", "without"), "with b as (select 1) without");
}

}  // namespace
}  // namespace dmw::db
