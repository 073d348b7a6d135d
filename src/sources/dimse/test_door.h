// The C-STORE door on real parts for tests: a SQLite catalog and an inbox in a folder of their own, a free loopback
// port, and our own sender.
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
#include "dicom/part10.h"
#include "dicom/ul/service_user.h"
#include "dicom/ul/sop_classes.h"
#include "inbox/test_inbox.h"
#include "sources/dimse/dimse_door.h"
#include "sources/test_patience.h"
#include "testing/dicom_file.h"
#include "testing/scratch_folder.h"

namespace dmw::sources {

inline constexpr std::chrono::seconds patience{10};
inline constexpr std::string_view ct_image = "1.2.840.10008.5.1.4.1.1.2";

/// A sender of CT images in one transfer syntax.
class Sender {
 public:
  explicit Sender(std::uint16_t port)
      : transport_(
            ul::SocketTransport::connect("127.0.0.1", port, std::chrono::steady_clock::now() + patience).value()),
        association_(*transport_, {.artim = patience, .write = patience}),
        user_(association_, patience) {}

  Result<> associate(const std::string& calling_ae = "SCU", const std::string& called_ae = "DMW",
                     std::string_view transfer_syntax = ul::explicit_little_endian) {
    const std::string classes[] = {std::string(ct_image)};
    const std::string syntaxes[] = {std::string(transfer_syntax)};
    transfer_syntax_ = transfer_syntax;
    return association_.request(ul::propose(calling_ae, called_ae, classes, syntaxes).value());
  }
  /// The request says this SOP Instance UID, whatever the file says.
  Result<ul::Answer> store(const std::string& file, std::string_view sop_instance) {
    return store_dataset(std::string_view(file).substr(dicom::dataset_offset(as_bytes(file))), sop_instance);
  }
  Result<ul::Answer> store_dataset(std::string_view dataset, std::string_view sop_instance) {
    dicom::MemorySource source(as_bytes(dataset));
    return user_.store(
        {.sop_class = ct_image, .sop_instance = sop_instance, .transfer_syntax = transfer_syntax_, .dataset_offset = 0},
        source);
  }
  /// A C-STORE-RQ and the beginning of its dataset.
  Result<> begin(std::string_view dataset, std::string_view sop_instance) {
    const ul::Command command{.field = ul::CommandField::c_store_rq,
                              .message_id = 7,
                              .has_dataset = true,
                              .sop_class = ct_image,
                              .sop_instance = sop_instance};
    return association_.send_message(storage_context(), as_bytes(ul::encode(command)), as_bytes(dataset), false);
  }
  std::uint8_t storage_context() const { return association_.contexts().at(1).id; }

  ul::Association& association() { return association_; }
  ul::ServiceUser& user() { return user_; }

 private:
  std::unique_ptr<ul::SocketTransport> transport_;
  ul::Association association_;
  ul::ServiceUser user_;
  std::string_view transfer_syntax_ = ul::explicit_little_endian;
};

class DimseDoorTest : public ::testing::Test {
 protected:
  DimseDoorTest() {
    catalog_ = db::sqlite::open({.path = directory_ / "catalog.db"}).value();
    EXPECT_TRUE(catalog::migrate(*catalog_));
  }

  void open(DimseOptions options = {}, std::uint64_t inbox_limit_bytes = 0) {
    inbox_ = inbox::Inbox::open({directory_ / "inbox", inbox_limit_bytes, 0, dicom::dataset_offset}, clock_).value();
    door_ = std::make_unique<DimseDoor>("dimse", std::move(options),
                                        DimseDoor::Surroundings{*catalog_, *inbox_, read_, metrics_, clock_});
    ASSERT_TRUE(door_->start());
  }
  std::unique_ptr<Sender> sender() { return std::make_unique<Sender>(door_->port()); }
  std::unique_ptr<Sender> associated(const std::string& calling_ae = "SCU",
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
  std::unique_ptr<DimseDoor> door_;
};

}  // namespace dmw::sources
