// The views that readers of the database have, on every engine.
#pragma once

#include "catalog/contract.h"

namespace dmw::catalog {

TEST_P(CatalogContract, ShowsReadersWhatTheCodeKnows) {
  const std::vector<std::string> sops = {"1.3.1", "not a UID", std::string(70, '1'), "1..2", "1.2.", "1.2\n"};
  std::vector<SpooledInstance> items;
  for (const std::string& sop : sops) items.push_back(spooled("1.2", sop, "bytes of " + sop));
  items.push_back(spooled("no UID either", "1.4.1", "c"));
  record(items);
  settle();
  record({spooled("1.2", "1.3.1", "other bytes")});
  settle();
  EXPECT_EQ(number("select count(*) from v_instances"), 7);
  EXPECT_EQ(number("select count(*) from v_revisions where study_instance_uid = '1.2'"), 2);
  EXPECT_EQ(number("select count(*) from v_events where study_instance_uid = '1.2'"),
            0);  // the test's events have other keys
  EXPECT_EQ(number("select count(*) from v_events where topic = 'metadata'"), 3);
  EXPECT_EQ(number("select count(*) from v_dead_letters"), 0);
  Studies studies(database());
  for (const char* uid : {"1.2", "no UID either"}) {
    const std::vector<VersionRow> versions =
        studies.versions(studies.get(StudyUid(uid)).value().value().id, {}).value();
    for (const VersionRow& version : versions) {
      EXPECT_EQ(database().read("select sop_instance_uid from v_instances where id = $1", {version.id})->at(0).text(0),
                version.sop_uid.get());
      if (database().engine() != db::Engine::postgres) continue;
      const db::Rows rows =
          database().read("select object_key, uri from v_instances where id = $1", {version.id}).value();
      EXPECT_EQ(rows.at(0).text(0), version.key().get());
      EXPECT_TRUE(rows.at(0).is_null(1));
    }
  }
}

TEST_P(CatalogContract, ShowsReadersWhereAnObjectIs) {
  if (database().engine() != db::Engine::postgres) return;
  record({spooled("1.2", "1.3.1", "a")});
  ASSERT_TRUE(bind_store(database(), "a store", "gs://bucket/prefix/"));
  ASSERT_TRUE(bind_store(database(), "a store", "file:///data/"));  // it was moved
  EXPECT_EQ(database().read("select uri from v_instances")->at(0).text(0),
            "file:///data/" + Studies(database()).version(1).value()->key().get());
}

TEST_P(CatalogContract, NamesTheFlagsToReaders) {
  record({spooled("1.2", "1.3.1", "a")});
  for (int bit = 0; bit <= 16; ++bit) {
    const std::int64_t bits = bit == 16 ? 0xFFFF : std::int64_t{1} << bit;
    ASSERT_TRUE(database().write([&](db::Transaction& t) { return t.query("update studies set flags = $1", {bits}); }));
    std::string names;
    for (const std::string_view name : Flags::from_bits(static_cast<std::uint32_t>(bits)).names())
      names += format("{}\"{}\"", names.empty() ? "" : ",", name);
    const bool postgres = database().engine() == db::Engine::postgres;
    const std::string column = postgres ? "replace(array_to_json(flag_names)::text, ' ', '')" : "flag_names";
    EXPECT_EQ(database().read("select " + column + " from v_studies")->at(0).text(0), "[" + names + "]");
  }
}

}  // namespace dmw::catalog
