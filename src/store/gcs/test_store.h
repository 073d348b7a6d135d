// A store in the bucket of a strict server.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "store/bucket/test_clock.h"
#include "store/gcs/gcs_store.h"
#include "store/gcs/test_gcs.h"
#include "store/object_store_contract.h"
#include "testing/scratch_folder.h"

namespace dmw::store::gcs {

/// Of the chunks of an upload; a larger file takes a resumable upload.
inline constexpr std::uint64_t test_chunk = 256U << 10U;

struct StrictStore {
  StrictStore() {
    std::filesystem::create_directory(folder / "spool");
    std::ofstream(folder / "account.json") << gcs.account_file();
  }
  Options options() const {
    return {.bucket = "raw",
            .url = gcs.url(),
            .credentials = folder / "account.json",
            .locate = contract::locate,
            .sizes = {test_chunk, test_chunk},
            .clock = clock};
  }
  std::unique_ptr<ObjectStore> open() const {
    auto opened = gcs::open(options());
    EXPECT_TRUE(opened) << opened.error().message();
    return std::move(*opened);
  }
  /// A dataset that no chunk divides evenly, other bytes in each of its four chunks.
  static std::string large() {
    std::string bytes;
    while (bytes.size() < 3 * test_chunk + 12'345) bytes += std::to_string(bytes.size());
    return bytes;
  }

  ScratchFolder folder;
  bucket::RushingClock clock;
  StrictGcs gcs;
};

}  // namespace dmw::store::gcs
