// What the tests of this room share: a catalog, a store and an inbox in one directory, and the acts on them.
#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/event_log.h"
#include "catalog/migrations.h"
#include "db/sqlite/sqlite.h"
#include "db/test_database.h"
#include "dicom/byte_source.h"
#include "dicom/part10.h"
#include "dicom/read_attributes.h"
#include "inbox/inbox.h"
#include "ingest/burials.h"
#include "ingest/ingestor.h"
#include "ingest/replay.h"
#include "ingest/settler.h"
#include "store/local/local_store.h"
#include "testing/dicom_file.h"
#include "testing/eventually.h"
#include "testing/manual_clock.h"
#include "testing/scratch_folder.h"

namespace dmw::ingest {

using namespace std::chrono_literals;

class Bench {
 public:
  /// `replaces`: the sources that hold one truth. `root`: a directory that another process goes on with; empty: its
  /// own.
  explicit Bench(HeaderProcess reader = HeaderProcess("/bin/false", {}), std::set<std::string> replaces = {},
                 const std::filesystem::path& root = {})
      : root_(root.empty() ? directory_.path() : root), reader_(std::move(reader)) {
    schema_ = catalog::migrate(database()).value();
    store_ = store::local::open({.root = root_ / "store", .locate = dicom::dataset_offset}).value();
    open_inbox();
    bodies_ = std::make_unique<events::Bodies>(
        schema_.catalog_id, events::Profile{}, [this](std::string_view key) { return store_->uri(key); }, "urn:test");
    burials_ = std::make_unique<Burials>(*store_, database(), *bodies_, schema_.catalog_id, clock, metrics);
    recorder_ = std::make_unique<catalog::Recorder>(database(), clock, std::move(replaces));
  }

  db::Database& database() { return *database_; }
  store::ObjectStore& store() { return *store_; }
  inbox::Inbox& inbox() { return *inbox_; }

  void close_inbox() {
    ingestor_.reset();
    inbox_.reset();
  }
  std::filesystem::path inbox_directory() const { return root_ / "inbox"; }
  std::filesystem::path store_directory() const { return root_ / "store"; }

  /// A new life of the process: what is in memory is gone.
  void open_inbox() {
    close_inbox();
    inbox_ = inbox::Inbox::open(
                 {.directory = root_ / "inbox", .limit_bytes = 0, .reserve_bytes = 0, .locate = dicom::dataset_offset},
                 clock)
                 .value();
    EXPECT_TRUE(eventually([&] { return !inbox_->recovering(); }, 60s));
  }

  /// As a door keeps it: the header read at once, unless it is suspect.
  void keep(const std::string& bytes, bool suspect = false) { keep_from(door("orthanc"), bytes, suspect); }
  void keep_from(const Session& session, const std::string& bytes, bool suspect = false) {
    inbox::SpoolFile file = inbox_->create().value();
    ASSERT_TRUE(file.append(as_bytes(bytes)));
    ASSERT_TRUE(file.finish());
    inbox::Arrival arrival;
    arrival.session = session;
    if (!suspect) {
      dicom::FileSource source(file.file(), file.size(), file.head());
      arrival.header = dicom::read_instance(source).value();
    }
    ASSERT_TRUE(inbox_->keep(std::move(file), std::move(arrival)));
  }

  static Session door(const std::string& source, const std::string& calling_ae = "") {
    Session session;
    session.id = new_session_id();
    session.source = source;
    session.calling_ae = calling_ae;
    session.correlation_id = Uuid::random();
    return session;
  }

  /// By one ingestor, as long as the inbox is open.
  Result<bool> ingest() {
    if (!ingestor_) ingestor_ = ingestor(*store_);
    return pass(*ingestor_);
  }
  Result<bool> ingest(store::ObjectStore& store) { return pass(*ingestor(store)); }

  std::unique_ptr<Settler> settler(const std::string& holder = "me", SettleRules rules = {}) {
    return settler({.holder = holder, .rules = std::move(rules)}, *store_);
  }
  std::unique_ptr<Settler> settler(Settler::Options options, store::ObjectStore& store) {
    options.catalog_id = schema_.catalog_id;
    return std::make_unique<Settler>(std::move(options), database(), store, *bodies_, clock, metrics);
  }
  /// The names of the files below `studies/` that are manifests, in order.
  std::vector<std::string> manifests() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(store_directory() / "studies")) {
      if (entry.path().extension() == ".json") names.push_back(entry.path().filename());
    }
    std::ranges::sort(names);
    return names;
  }

  std::vector<Event> events() { return catalog::read_after(database(), 0, 1000).value(); }
  std::vector<DeadLetter> letters() { return catalog::DeadLetters(database()).list({}).value(); }
  std::int64_t number(const std::string& sql) { return database().read(sql).value().at(0).integer(0); }
  Replay replay() { return Replay(*inbox_, *inbox_, *store_, database(), {}, clock); }

  ManualClock clock;
  Metrics metrics;
  std::optional<lane::Aside::State> ingest_aside;  ///< of the last pass of ingest()

 private:
  std::unique_ptr<Ingestor> ingestor(store::ObjectStore& store) {
    return std::make_unique<Ingestor>(Ingestor::Parts{*inbox_, store, *recorder_, *burials_, reader_, metrics, clock});
  }
  Result<bool> pass(Ingestor& ingestor) {
    Result<bool> passed = ingestor.pass();
    ingest_aside = ingestor.aside().state();
    return passed;
  }

  ScratchFolder directory_;
  const std::filesystem::path root_;
  std::unique_ptr<db::Database> database_ = db::sqlite::open({.path = root_ / "catalog.db"}).value();
  HeaderProcess reader_;
  catalog::SchemaState schema_;
  std::unique_ptr<store::ObjectStore> store_;
  std::unique_ptr<inbox::Inbox> inbox_;
  std::unique_ptr<events::Bodies> bodies_;
  std::unique_ptr<Burials> burials_;
  std::unique_ptr<catalog::Recorder> recorder_;
  std::unique_ptr<Ingestor> ingestor_;
};

inline std::string instance(const std::string& study, const std::string& sop, char pixel_seed = 'a') {
  return dicom::testing::File::instance(study, study + ".1", sop).text(0x00100020, "LO", "P1").pixels(64).bytes() +
         std::string(2, pixel_seed);
}

}  // namespace dmw::ingest
