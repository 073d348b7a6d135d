// Uploading: one object on its way into a bucket of Google Cloud Storage. A small one goes in one request, a larger one
// in a resumable session. Facts: Cloud Storage JSON API, "Uploads and downloads", "Resumable uploads".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/bucket/bucket.h"
#include "store/gcs/wire.h"

namespace dmw::store::gcs {

struct UploadSizes {
  std::uint64_t one_request_max_bytes = 8U << 20U;
  std::uint64_t chunk_bytes = 16U << 20U;  // a multiple of 256 KiB
};

/// `bucket_name`: as in a URL. Errors: as bucket::Bucket::upload.
Result<bucket::Standing> send_at_once(Wire& wire, std::string_view bucket_name, const bucket::Upload& upload,
                                      bucket::Attempts& attempts);

/// One thread.
class ResumableUpload {
 public:
  ResumableUpload(Wire& wire, std::string_view bucket_name, const bucket::Upload& upload, std::uint64_t chunk_bytes);

  /// Errors: as bucket::Bucket::upload.
  Result<bucket::Standing> run(bucket::Attempts& attempts);

 private:
  Result<bucket::Standing> go_on(bucket::Attempts& attempts);
  Result<> begin(bucket::Attempts& attempts);
  /// The next chunk, or the question how much the server has.
  Result<http::Response> send_next(bucket::Attempts& attempts);
  /// Of a 308. Errors: unavailable (after may_repeat()).
  Result<> take_confirmed(const http::Response& answer, bucket::Attempts& attempts);
  std::unexpected<Error> lose_session(bucket::Attempts& attempts, std::string why);

  Wire& wire_;
  const std::string bucket_name_;
  const bucket::Upload& upload_;
  const std::uint64_t chunk_bytes_;
  std::string session_;  // path and query; empty: none
  int sessions_ = 0;
  std::uint64_t confirmed_ = 0;  // bytes that the server has
  std::uint64_t sent_ = 0;       // bytes that it can have
  bool asks_state_ = false;      // before anything else is sent
};

}  // namespace dmw::store::gcs
