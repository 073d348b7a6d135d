// A watched folder on real parts for tests, with a clock that they set.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/format.h"
#include "sources/folder/watched_folder.h"
#include "sources/orthanc/test_world.h"
#include "testing/dicom_file.h"
#include "testing/manual_clock.h"
#include "testing/scratch_folder.h"

namespace dmw::sources {

inline std::string image(int number) {
  return dicom_file({.sop = format("1.2.3.1.{}", number)});
}

/// Of another size, as clocks of file systems are coarse.
inline std::string larger_image(int number) {
  return dicom_file({.sop = format("1.2.3.1.{}", number), .pixel_bytes = 1'024});
}

class WatchedFolderTest : public ::testing::Test {
 protected:
  WatchedFolderTest() {
    door_.emplace("folder", world_.inbox(), read_, metrics_);
    options_.root = folder_.path();
    options_.stable = std::chrono::seconds(5);
    options_.journal = journal_.path() / "taken";
    options_.mount_note = journal_.path() / "mount";
  }

  void limit_inbox(std::uint64_t bytes) {
    world_.open_inbox(bytes);
    door_.emplace("folder", world_.inbox(), read_, metrics_);
  }
  void watch() {
    watched_.reset();
    watched_ = WatchedFolder::open(options_, *door_, world_.inbox(), clock_).value();
  }
  /// Looks, waits until what it has seen is old enough, and looks again.
  void look_twice() {
    ASSERT_TRUE(watched_->pass());
    clock_.advance(std::chrono::seconds(5));
    ASSERT_TRUE(watched_->pass());
  }
  /// What the inbox holds, by SOP Instance UID; "refused" for what cannot be read.
  std::vector<std::string> kept() {
    std::vector<std::string> sops;
    const std::vector<SpooledInstance> items = world_.inbox().claim(1'000, 1U << 30U).value();
    for (const SpooledInstance& item : items)
      sops.push_back(item.header.is_readable() ? item.header->sop_uid.get() : "refused");
    return sops;
  }

  /// Everything that the inbox holds is recorded.
  void empty_inbox() { ASSERT_TRUE(world_.inbox().finish(world_.inbox().claim(1'000, 1U << 30U).value())); }

  World world_;
  Metrics metrics_;
  ManualClock clock_;
  dicom::ReadOptions read_;
  ScratchFolder folder_;
  ScratchFolder journal_;
  std::optional<Door> door_;
  WatchOptions options_;
  std::unique_ptr<WatchedFolder> watched_;
};

}  // namespace dmw::sources
