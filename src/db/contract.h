// What every engine keeps. Included by one test program of each: it instantiates DatabaseContract with the function
// that opens an empty database.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "base/format.h"
#include "db/database.h"
#include "db/test_database.h"

namespace dmw::db {

using testing::Open;
using testing::Opened;

class DatabaseContract : public ::testing::TestWithParam<Open> {
 protected:
  void SetUp() override {
    opened_ = GetParam()();
    ASSERT_TRUE(opened_);
    const bool postgres = database().engine() == Engine::postgres;
    const Result<> created = in_write([&](Transaction& t) {
      return t.script(
          format("create table items (id bigint primary key, name text, size {} , weight {}, flag boolean, "
                 "body {}, more {}, day {}); create table tags (item bigint references items (id), tag text not null)",
                 "bigint", "double precision", postgres ? "bytea" : "blob", postgres ? "jsonb" : "text",
                 postgres ? "date" : "text"));
    });
    ASSERT_TRUE(created) << created.error().message();
  }

  Database& database() { return opened_->database(); }

  Result<> in_write(const std::function<Result<>(Transaction&)>& act) { return database().write(act); }

  Result<> insert(std::int64_t id, Value name) {
    return in_write([&](Transaction& t) -> Result<> {
      TRY(t.query("insert into items (id, name) values ($1, $2)", {id, name}));
      return {};
    });
  }

  std::int64_t count() {
    const Result<Rows> rows = database().read("select count(*) from items");
    EXPECT_TRUE(rows) << rows.error().message();
    return rows ? rows->front().integer(0) : -1;
  }

  std::string name_of(std::int64_t id) {
    const Result<Rows> rows = database().read("select name from items where id = $1", {id});
    EXPECT_TRUE(rows) << rows.error().message();
    return rows && !rows->empty() ? rows->front().text(0) : "";
  }

 private:
  std::unique_ptr<Opened> opened_;
};

inline Batch items(std::int64_t from, std::int64_t to) {
  Batch batch({{"id", Type::integer},
               {"name", Type::text},
               {"weight", Type::real},
               {"flag", Type::boolean},
               {"body", Type::bytes},
               {"more", Type::json},
               {"day", Type::date}});
  for (std::int64_t id = from; id < to; ++id) {
    if (id % 3 == 0)
      batch.add({id, Null{}, Null{}, Null{}, Null{}, Null{}, Null{}});
    else
      batch.add(
          {id, format("n{}", id), 0.5, id % 2 == 0, Blob(3, std::byte{0}), std::string(R"({"a": 1})"), "2024-02-29"});
  }
  return batch;
}

constexpr std::string_view upsert_items =
    "insert into items (id, name, weight, flag, body, more, day) select id, name, weight, flag, body, more, day from "
    "batch "
    "where true on conflict (id) do update set name = excluded.name, flag = excluded.flag returning id";

TEST_P(DatabaseContract, KeepsEveryTypeOfValue) {
  const std::string text = "Zoë 日本 ' \" \\ $1 {}";
  const Blob body = blob(as_bytes(std::string_view("\0\xff\0", 3)));
  const Result<> written = in_write([&](Transaction& t) -> Result<> {
    TRY(t.query("insert into items (id, name, size, weight, flag, body, more) values ($1, $2, $3, $4, $5, $6, $7)",
                {std::int64_t{1}, text, std::numeric_limits<std::int64_t>::min(), 0.1, true, body, R"({"a": "ö"})"}));
    return {};
  });
  ASSERT_TRUE(written) << written.error().message();
  const Result<Rows> rows =
      database().read("select id, name, size, weight = 0.1, flag, body, more, sum(id) over () from items");
  ASSERT_TRUE(rows) << rows.error().message();
  ASSERT_EQ(rows->size(), 1U);
  const Row& row = rows->front();
  EXPECT_EQ(row.integer(0), 1);
  EXPECT_EQ(row.text(1), text);
  EXPECT_EQ(row.integer(2), std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(row.boolean(3));
  EXPECT_TRUE(row.boolean(4));
  EXPECT_EQ(blob(row.bytes(5)), body);
  EXPECT_EQ(row.text(6), R"({"a": "ö"})");
  EXPECT_EQ(row.integer(7), 1);
}

TEST_P(DatabaseContract, TellsNullFromEmpty) {
  const Result<> written = in_write([](Transaction& t) -> Result<> {
    TRY(t.query("insert into items (id, name, size, weight, flag, body, more) values ($1, $2, $3, $4, $5, $6, $7)",
                {std::int64_t{1}, Null{}, Null{}, Null{}, Null{}, Null{}, Null{}}));
    TRY(t.query("insert into items (id, name, body) values ($1, $2, $3)", {std::int64_t{2}, "", Blob{}}));
    return {};
  });
  ASSERT_TRUE(written) << written.error().message();
  const Result<Rows> rows = database().read("select name, size, weight, flag, body, more from items order by id");
  ASSERT_TRUE(rows) << rows.error().message();
  for (std::size_t column = 0; column < 6; ++column) EXPECT_TRUE(rows->at(0).is_null(column)) << column;
  EXPECT_EQ(rows->at(0).text(0), "");
  EXPECT_EQ(rows->at(0).integer(1), 0);
  EXPECT_FALSE(rows->at(1).is_null(0));
  EXPECT_FALSE(rows->at(1).is_null(4));
  EXPECT_TRUE(rows->at(1).bytes(4).empty());
}

TEST_P(DatabaseContract, ExpandsTokens) {
  ASSERT_TRUE(insert(1, "a"));
  std::int64_t now = 0;
  const Result<> done = in_write([&](Transaction& t) -> Result<> {
    now = TRY(t.query("select {now}")).front().integer(0);
    EXPECT_EQ(TRY(t.query("select id from items where name = $1 {for_update}", {"a"})).size(), 1U);
    EXPECT_EQ(TRY(t.query("select id from items order by id limit $1 {skip_locked}", {std::int64_t{5}})).size(), 1U);
    EXPECT_EQ(TRY(t.query("select '{} {other}'")).front().text(0), "{} {other}");
    return {};
  });
  ASSERT_TRUE(done) << done.error().message();
  const auto here =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch());
  EXPECT_NEAR(static_cast<double>(now), static_cast<double>(here.count()), 5e6);
}

TEST_P(DatabaseContract, UpsertsTenThousandRowsInBulk) {
  const Result<> done = in_write([](Transaction& t) -> Result<> {
    EXPECT_EQ(TRY(t.bulk(upsert_items, items(0, 10'000))).size(), 10'000U);
    EXPECT_EQ(TRY(t.bulk(upsert_items, items(9'000, 10'001))).size(), 1'001U);
    EXPECT_TRUE(TRY(t.bulk(upsert_items, items(0, 0))).empty());
    return {};
  });
  ASSERT_TRUE(done) << done.error().message();
  const Result<Rows> rows = database().read(
      "select count(*), count(name), count(body), sum(case when flag then 1 else 0 end), max(day) from items");
  ASSERT_TRUE(rows) << rows.error().message();
  EXPECT_EQ(rows->front().integer(0), 10'001);
  EXPECT_EQ(rows->front().integer(1), 6'667);
  EXPECT_EQ(rows->front().integer(2), 6'667);
  EXPECT_EQ(rows->front().integer(3), 3'334);
  EXPECT_EQ(rows->front().text(4), "2024-02-29");
}

TEST_P(DatabaseContract, UpdatesAndJoinsFromBatchWithParameters) {
  Batch batch({{"id", Type::integer}, {"size", Type::integer}});
  batch.add({std::int64_t{1}, std::int64_t{10}});
  batch.add({std::int64_t{2}, std::int64_t{20}});
  batch.add({std::int64_t{7}, std::int64_t{70}});
  const Result<> done = in_write([&](Transaction& t) -> Result<> {
    TRY(t.bulk(upsert_items, items(1, 3)));
    TRY(t.bulk("update items set size = batch.size + $1, name = $2 from batch where items.id = batch.id", batch,
               {std::int64_t{5}, "renamed"}));
    const Rows joined =
        TRY(t.bulk("with known as (select id, size from items where size > $1) "
                   "select known.id, known.size from known join batch on batch.id = known.id",
                   batch, {std::int64_t{0}}));
    EXPECT_EQ(joined.size(), 2U);
    std::set<std::int64_t> sizes;
    for (const Row& row : joined) sizes.insert(row.integer(1));
    EXPECT_EQ(sizes, (std::set<std::int64_t>{15, 25}));
    return {};
  });
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(name_of(2), "renamed");
}

TEST_P(DatabaseContract, RollsBackWhatIsNotCommitted) {
  {
    auto transaction = database().begin(Access::write);
    ASSERT_TRUE(transaction) << transaction.error().message();
    ASSERT_TRUE((*transaction)->query("insert into items (id) values (1)"));
  }
  EXPECT_EQ(count(), 0);
  const Result<> refused = in_write([](Transaction& t) -> Result<> {
    TRY(t.query("insert into items (id) values (1)"));
    return fail(Errc::not_dicom, "the caller changed its mind");
  });
  EXPECT_EQ(refused.error().code, Errc::not_dicom);
  EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseContract, CommitsNothingAfterAnError) {
  auto transaction = database().begin(Access::write);
  ASSERT_TRUE(transaction);
  ASSERT_TRUE((*transaction)->query("insert into items (id) values (1)"));
  ASSERT_TRUE((*transaction)->bulk(upsert_items, items(2, 4)));
  EXPECT_EQ((*transaction)->query("insert into items (id) values (1)").error().code, Errc::refused);
  EXPECT_EQ((*transaction)->query("select 1").error().code, Errc::refused);
  EXPECT_EQ((*transaction)->commit().error().code, Errc::refused);
  transaction->reset();
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(insert(1, "the connection is fit for the next one"));
}

TEST_P(DatabaseContract, SaysWhetherAValueARuleOrTheStatementIsWrong) {
  ASSERT_TRUE(insert(1, "a"));
  const auto code = [&](std::string_view sql, const Values& parameters = {}) {
    const Result<> result = in_write([&](Transaction& t) -> Result<> {
      TRY(t.query(sql, parameters));
      return {};
    });
    return result ? std::string("none") : std::string(name(result.error().code));
  };
  EXPECT_EQ(code("insert into items (id) values ($1)", {std::int64_t{1}}), "refused");
  EXPECT_EQ(code("insert into tags values ($1, $2)", {std::int64_t{99}, "no such item"}), "refused");
  EXPECT_EQ(code("insert into tags values ($1, $2)", {std::int64_t{1}, Null{}}), "refused");
  EXPECT_EQ(code("update items set name = $1", {std::string("a\0b", 3)}), "data");
  EXPECT_EQ(code("select nothing from nowhere"), "internal");
  EXPECT_EQ(code("select 1; select 2"), "internal");
  EXPECT_EQ(code("select id from items where id = $1"), "internal");
}

TEST_P(DatabaseContract, NeverQuotesAValueInAnError) {
  ASSERT_TRUE(insert(1, "a"));
  for (const std::string_view sql :
       {"insert into items (id, name) values (1, $1)", "insert into items (id, size) values (2, $1)"}) {
    const Result<> refused = in_write([&](Transaction& t) -> Result<> {
      TRY(t.query(sql, {"Doe^Jane \" Q"}));
      return database().engine() == Engine::sqlite ? Result<>(fail(Errc::data, "")) : Result<>();
    });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message().find("Doe"), std::string::npos) << refused.error().message();
  }
}

TEST_P(DatabaseContract, ReadsOneSnapshot) {
  ASSERT_TRUE(insert(1, "before"));
  auto reader = database().begin(Access::read);
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ((*reader)->query("select count(*) from items")->front().integer(0), 1);
  ASSERT_TRUE(insert(2, "after"));
  EXPECT_EQ((*reader)->query("select count(*) from items")->front().integer(0), 1);
  reader->reset();
  EXPECT_EQ(count(), 2);
}

TEST_P(DatabaseContract, RefusesToWriteInAReadTransaction) {
  auto reader = database().begin(Access::read);
  ASSERT_TRUE(reader);
  // SQLite does not tell this from a volume that is mounted to read only.
  EXPECT_EQ((*reader)->query("insert into items (id) values (1)").error().code,
            database().engine() == Engine::sqlite ? Errc::unavailable : Errc::internal);
}

TEST_P(DatabaseContract, ReservesIdsThatNobodyElseGets) {
  const bool postgres = database().engine() == Engine::postgres;
  ASSERT_TRUE(in_write([&](Transaction& t) {
    return t.script(format("create table numbered (id {}, name text)",
                           postgres ? "bigint generated by default as identity primary key" : "integer primary key"));
  }));
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10; ++n) {
        const Result<> added = in_write([](Transaction& t) -> Result<> {
          TRY(t.query("insert into numbered (name) values ('numbers itself')"));
          for (const std::int64_t id : TRY(t.reserve_ids("numbered", 3)))
            TRY(t.query("insert into numbered (id, name) values ($1, 'reserved')", {id}));
          return {};
        });
        if (!added) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(database().read("select count(*) from numbered")->front().integer(0), 160);
  EXPECT_TRUE(in_write([](Transaction& t) -> Result<> {
    EXPECT_TRUE(TRY(t.reserve_ids("numbered", 0)).empty());
    return {};
  }));
}

TEST_P(DatabaseContract, LosesNoIncrementOfManyThreads) {
  ASSERT_TRUE(insert(1, "counter"));
  ASSERT_TRUE(in_write([](Transaction& t) -> Result<> {
    TRY(t.query("update items set size = 0"));
    return {};
  }));
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 50; ++n) {
        const Result<> added = in_write([](Transaction& t) -> Result<> {
          const std::int64_t size = TRY(t.query("select size from items where id = 1 {for_update}")).front().integer(0);
          TRY(t.query("update items set size = $1 where id = 1", {size + 1}));
          return {};
        });
        if (!added) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(database().read("select size from items")->front().integer(0), 200);
}

TEST_P(DatabaseContract, RunsOneExclusiveActAtATime) {
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      const Result<> done = database().exclusively("migrate", [&]() -> Result<> {
        most = std::max(most.load(), ++inside);
        TRY(database().probe());
        --inside;
        return {};
      });
      EXPECT_TRUE(done) << done.error().message();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(
      database().exclusively("migrate", [] { return Result<>(fail(Errc::corrupted, "as the act says")); }).error().code,
      Errc::corrupted);
}

TEST_P(DatabaseContract, ServesMoreDifferentStatementsThanItKeeps) {
  auto reader = database().begin(Access::read);
  ASSERT_TRUE(reader);
  for (int i = 0; i < 600; ++i) {
    const Result<Rows> rows = (*reader)->query(format("select {} + $1", i % 550), {std::int64_t{1}});
    ASSERT_TRUE(rows) << rows.error().message();
    EXPECT_EQ(rows->front().integer(0), i % 550 + 1);
  }
}

}  // namespace dmw::db
