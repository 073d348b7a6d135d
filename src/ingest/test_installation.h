// An installation of which the catalog gets lost, replaced or restored while the store stays.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/format.h"
#include "base/json.h"
#include "care/adoption.h"
#include "care/belonging.h"
#include "catalog/erasing.h"
#include "ingest/removal.h"
#include "ingest/test_bench.h"

namespace dmw::ingest {

class Installation {
 public:
  /// `root`: a directory that another process goes on with; empty: its own.
  explicit Installation(const std::filesystem::path& root = {}) : root_(root.empty() ? directory_.path() : root) {
    open();
  }

  Bench& bench() { return *bench_; }
  db::Database& database() { return bench_->database(); }
  store::ObjectStore& store() { return bench_->store(); }
  Uuid catalog_id() { return catalog::migrate(database())->catalog_id; }

  void record(const std::string& study, const std::vector<std::string>& sops) {
    for (const std::string& sop : sops) bench_->keep(instance(study, sop));
    ASSERT_TRUE(bench_->ingest());
  }
  /// Everything that is recorded becomes a revision now.
  void settle() {
    ASSERT_TRUE(database().write([](db::Transaction& t) { return t.script("update settling set closed = true"); }));
    for (;;) {
      const Result<bool> passed = settler_->pass();
      ASSERT_TRUE(passed) << passed.error().message();
      if (!*passed) return;
    }
  }
  /// A look of the settler, while everything still rests.
  void look() { ASSERT_TRUE(settler_->pass()); }
  void publish(const std::string& study, const std::vector<std::string>& sops) {
    record(study, sops);
    settle();
  }
  void erase(const std::string& study) {
    ASSERT_TRUE(catalog::erase(database(), {StudyUid(study), Bench::door("person"), "anna", "asked for", 1h},
                               bench_->clock.now()));
    settle();
  }
  Result<> adopt(const std::function<bool()>& stopped = [] { return false; }) {
    catalog::Recorder recorder(database(), bench_->clock, {});
    const dicom::ReadOptions read;
    care::Adoption adoption({database(), store(), recorder, bench_->clock, read, catalog_id(), 1h});
    TRY(adoption.run(stopped));
    return care::bind(database(), store());
  }

  void lose_catalog() {
    close();
    for (const char* name : catalog_files) std::filesystem::remove(root_ / name);
    open();
  }
  /// A directory with a copy of the catalog's files.
  std::filesystem::path copy_catalog() {
    const std::filesystem::path copy = root_ / ("copy" + std::to_string(++copies_));
    std::filesystem::create_directory(copy);
    close();
    for (const char* name : catalog_files) {
      if (std::filesystem::exists(root_ / name)) std::filesystem::copy(root_ / name, copy / name);
    }
    open();
    return copy;
  }
  /// As copy_catalog(), while everything goes on.
  std::filesystem::path copy_running_catalog() {
    std::filesystem::path copy = root_ / "running";
    std::filesystem::create_directory(copy);
    for (const char* name : catalog_files) {
      if (std::filesystem::exists(root_ / name)) std::filesystem::copy(root_ / name, copy / name);
    }
    return copy;
  }
  void restore_catalog(const std::filesystem::path& copy) {
    lose_catalog();
    close();
    for (const char* name : catalog_files) std::filesystem::remove(root_ / name);
    for (const auto& entry : std::filesystem::directory_iterator(copy))
      std::filesystem::copy(entry.path(), root_ / entry.path().filename());
    open();
  }

  /// "revision type: instances, added" of each event, in order.
  std::vector<std::string> story() {
    std::vector<std::string> story;
    const db::Rows rows = database().read("select body from events where topic = 1 order by position").value();
    for (const db::Row& row : rows) {
      const json::object body = json::parse(row.text(0))->as_object();
      story.push_back(format("{} {}: {}, {}", *json::get_int(body, "revision"), *json::get_string(body, "event_type"),
                             *json::get_int(body, "instance_count"), *json::get_int(body, "instances_added")));
    }
    return story;
  }
  std::int64_t number(const std::string& sql) { return bench_->number(sql); }

 private:
  static constexpr const char* catalog_files[] = {"catalog.db", "catalog.db-wal", "catalog.db-shm"};

  void open() {
    bench_ = std::make_unique<Bench>(HeaderProcess("/bin/false", {}), std::set<std::string>(), root_);
    settler_ = bench_->settler();
  }
  void close() {
    settler_.reset();
    bench_.reset();
  }

  ScratchFolder directory_;
  const std::filesystem::path root_;
  int copies_ = 0;
  std::unique_ptr<Bench> bench_;
  std::unique_ptr<Settler> settler_;
};

}  // namespace dmw::ingest
