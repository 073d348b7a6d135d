// What a source works with, for the tests of this room: a catalog and an inbox in a directory of their own, and
// somebody who records what was kept.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/migrations.h"
#include "catalog/recording.h"
#include "db/sqlite/sqlite.h"
#include "dicom/part10.h"
#include "inbox/inbox.h"
#include "sources/orthanc/orthanc_source.h"
#include "sources/test_patience.h"
#include "testing/scratch_folder.h"

namespace dmw::sources {

class World {
 public:
  struct Kept {
    std::string resource;
    std::string tag;
    std::string sop;  // empty: not read
    std::uint64_t size = 0;
    Sha256Digest dataset;
    Session session;
    bool refused = false;
  };

  World() {
    EXPECT_TRUE(catalog::migrate(*catalog_));
    open_inbox();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() { stop_recording(); }

  void open_inbox(std::uint64_t limit_bytes = 0) {
    inbox_.reset();
    inbox_ = inbox::Inbox::open({.directory = folder_ / "inbox",
                                 .limit_bytes = limit_bytes,
                                 .reserve_bytes = 0,
                                 .locate = [](ByteView head) { return dicom::dataset_offset(head); }},
                                clock_)
                 .value();
  }

  Surroundings rooms() {
    return {*catalog_,
            *inbox_,
            metrics_,
            clock_,
            inbox_->replica_id(),
            [this](const DeadLetter& letter, const std::optional<RequestClaim>& claim) { return bury(letter, claim); }};
  }

  /// Records what is kept as soon as it is.
  void record() {
    recording_ = true;
    recorder_ = std::thread([this] {
      catalog::Recorder recorder(*catalog_, clock_, {});
      while (recording_) {
        if (!record_once(recorder)) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
      while (record_once(recorder)) {
      }
    });
  }
  void stop_recording() {
    recording_ = false;
    if (recorder_.joinable()) recorder_.join();
  }

  std::vector<Kept> kept() const {
    const std::scoped_lock lock(mutex_);
    return kept_;
  }
  std::vector<DeadLetter> buried() const {
    const std::scoped_lock lock(mutex_);
    return buried_;
  }

  std::vector<Request> requests() { return catalog::Requests(*catalog_).list({}).value(); }
  std::size_t requests_in(RequestState state) {
    return catalog::Requests(*catalog_).list({.state = state}).value().size();
  }
  /// So many requests wait for a source that does not take them.
  void let_wait(const std::string& source, std::size_t count) {
    std::vector<NewRequest> waiting(count);
    for (NewRequest& request : waiting) {
      request.source = source;
      request.instances = {"i"};
      request.correlation_id = Uuid::random();
    }
    EXPECT_TRUE(catalog::Requests(*catalog_).submit(waiting));
  }
  /// Nothing waits, nothing is worked on.
  bool idle() { return requests_in(RequestState::waiting) + requests_in(RequestState::claimed) == 0; }

  std::int64_t count(const std::string& table) {
    return catalog_->read("select count(*) from " + table)->front().integer(0);
  }
  std::string metrics_text() const { return metrics_.text(); }
  db::Database& catalog() { return *catalog_; }
  inbox::Inbox& inbox() { return *inbox_; }

 private:
  bool record_once(catalog::Recorder& recorder) {
    const std::vector<SpooledInstance> batch = inbox_->claim(256, 256U << 20U).value();
    if (batch.empty()) return false;
    std::vector<SpooledInstance> readable;
    for (const SpooledInstance& item : batch) {
      if (item.header.is_readable()) readable.push_back(item);
      const std::scoped_lock lock(mutex_);
      kept_.push_back({item.origin_resource, item.origin_tag,
                       item.header.is_readable() ? item.header->sop_uid.get() : "", item.fingerprint.size_bytes,
                       item.fingerprint.dataset_sha256, item.session, item.header.is_refused()});
    }
    const catalog::Standing standing = recorder.look_up(readable).value();
    std::vector<SpooledInstance> staying;
    for (std::size_t i = 0; i < readable.size(); ++i) {
      if (!standing.away[i]) staying.push_back(readable[i]);
    }
    EXPECT_TRUE(recorder.record(staying, standing.lives));
    EXPECT_TRUE(inbox_->finish(batch));
    return true;
  }

  Result<> bury(const DeadLetter& letter, const std::optional<RequestClaim>& claim) {
    {
      const std::scoped_lock lock(mutex_);
      buried_.push_back(letter);
    }
    if (!claim) return {};
    return catalog_->write([&](db::Transaction& transaction) {
      return catalog::Requests::fail_for_good(transaction, *claim, letter.detail);
    });
  }

  SystemClock clock_;
  Metrics metrics_;
  const ScratchFolder folder_;
  const std::unique_ptr<db::Database> catalog_ = db::sqlite::open({.path = folder_ / "catalog.db"}).value();
  std::unique_ptr<inbox::Inbox> inbox_;
  mutable std::mutex mutex_;
  std::vector<Kept> kept_;
  std::vector<DeadLetter> buried_;
  std::atomic<bool> recording_ = false;
  std::thread recorder_;
};

}  // namespace dmw::sources
