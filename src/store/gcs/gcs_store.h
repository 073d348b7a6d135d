// A store in Google Cloud Storage.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "store/gcs/uploading.h"
#include "store/object_store.h"

namespace dmw::store::gcs {

inline constexpr std::string_view google_url = "https://storage.googleapis.com";

struct Options {
  std::string bucket;
  std::string prefix{};                 // of every name; empty, or without a slash at its ends
  std::string url{google_url};          // of the server
  std::string ca_file{};                // PEM; empty: the system's authorities
  bool anonymous = false;               // no tokens: an emulator
  std::filesystem::path credentials{};  // empty: the metadata server of the machine
  std::string metadata_url = "http://metadata.google.internal";
  std::string project{};  // pays for the requests; empty: the owner of the bucket
  DatasetLocator locate;
  /// The id of the store that must exist; empty: a new store may be created.
  std::string expected_id{};
  std::size_t concurrency = 64;
  /// So long a request is repeated without progress.
  std::chrono::milliseconds no_progress{60'000};
  UploadSizes sizes{};
  const Clock& clock;
  std::stop_token stop{};
};

/// Opens or creates a store. Errors: invalid (bucket, prefix or file of credentials), unavailable, internal (the object
/// `store_id` is none).
Result<std::unique_ptr<ObjectStore>> open(const Options& options);

/// Opens a store for lists and reads only; changes nothing. Errors: not_found (no store yet), as above.
Result<std::unique_ptr<ObjectStore>> open_to_look(const Options& options);

}  // namespace dmw::store::gcs
