// The storage service on real parts for tests: a listener on a free loopback port, a SQLite catalog and an inbox in a
// folder of their own, and our own sender.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/format.h"
#include "catalog/associations.h"
#include "catalog/migrations.h"
#include "db/sqlite/sqlite.h"
#include "dimse/listener.h"
#include "dimse/test_sender.h"
#include "dimse/verification/verification_service.h"
#include "inbox/test_inbox.h"
#include "sources/dimse/storage_service.h"
#include "testing/dicom_file.h"
#include "testing/eventually.h"
#include "testing/scratch_folder.h"

namespace dmw::sources {

using dimse::ct_image;
using dimse::patience;

class StorageTest : public ::testing::Test {
 protected:
  StorageTest() {
    catalog_ = db::sqlite::open({.path = directory_ / "catalog.db"}).value();
    EXPECT_TRUE(catalog::migrate(*catalog_));
  }

  void open(dimse::Options options = {}, std::uint64_t inbox_limit_bytes = 0) {
    inbox_ = inbox::Inbox::open({directory_ / "inbox", inbox_limit_bytes, 0, dicom::dataset_offset}, clock_).value();
    storage_ = std::make_unique<StorageService>("dimse", StorageService::Options{}, *inbox_, read_, metrics_);
    listener_ = std::make_unique<dimse::Listener>("dimse", std::move(options),
                                                  std::vector<dimse::Service*>{storage_.get(), &verification_},
                                                  dimse::Listener::Surroundings{*catalog_, metrics_, clock_});
    ASSERT_TRUE(listener_->start());
  }
  std::unique_ptr<dimse::Sender> sender() { return std::make_unique<dimse::Sender>(listener_->port()); }
  std::unique_ptr<dimse::Sender> associated(const std::string& calling_ae = "SCU",
                                            std::string_view transfer_syntax = ul::explicit_little_endian) {
    auto made = sender();
    const Result<> done = made->associate(calling_ae, "DMW", transfer_syntax);
    EXPECT_TRUE(done) << done.error().message();
    return made;
  }

  static std::string image(const std::string& sop_instance, std::size_t pixels = 64) {
    return dicom::testing::File::instance("1.2.3", "1.2.3.4", sop_instance).pixels(pixels).bytes();
  }
  std::size_t spooled() const { return inbox::spooled_files(directory_ / "inbox"); }
  /// The associations that did not end well, once there is one.
  std::vector<catalog::Association> bad_ends() {
    std::vector<catalog::Association> found;
    EXPECT_TRUE(eventually([&] {
      found = catalog::associations(*catalog_, {}).value();
      return !found.empty();
    }));
    return found;
  }

  ScratchFolder directory_;
  SystemClock clock_;
  Metrics metrics_;
  dicom::ReadOptions read_;
  std::unique_ptr<db::Database> catalog_;
  std::unique_ptr<inbox::Inbox> inbox_;
  std::unique_ptr<StorageService> storage_;
  dimse::VerificationService verification_;
  std::unique_ptr<dimse::Listener> listener_;
};

}  // namespace dmw::sources
