#include "store/gcs/gcs_store.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/live.h"
#include "store/bucket/bucket_store.h"
#include "store/gcs/gcs_bucket.h"
#include "store/gcs/token_fetching.h"

namespace dmw::store::gcs {
namespace {

constexpr std::size_t prefix_length_max = 256;

/// Segments as those of keys, so that no part of a name has to be escaped in a URI.
bool is_prefix(std::string_view prefix) {
  bool begins = true;
  for (const char c : prefix) {
    if (c == '/' && begins) return false;
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                       c == '-' || (c == '.' && !begins);
    if (!plain && c != '/') return false;
    begins = c == '/';
  }
  return prefix.size() <= prefix_length_max && !prefix.ends_with('/');
}

bucket::Options options_of(const Options& options) {
  bucket::Place place{.prefix = options.prefix.empty() ? "" : options.prefix + "/",
                      .shown = options.prefix.empty() ? format("bucket {}", options.bucket)
                                                      : format("bucket {}, prefix {}", options.bucket, options.prefix)};
  return {.place = std::move(place),
          .locate = options.locate,
          .expected_id = options.expected_id,
          .concurrency = options.concurrency,
          .no_progress = options.no_progress,
          .asked_first_bytes = options.sizes.one_request_max_bytes,
          .clock = options.clock,
          .stop = options.stop};
}

Result<std::unique_ptr<bucket::Bucket>> bucket_of(const Options& options) {
  if (!is_bucket_name(options.bucket)) return fail(Errc::invalid, "GCS_BUCKET is not the name of a bucket");
  if (!is_prefix(options.prefix))
    return fail(Errc::invalid,
                "GCS_PREFIX has letters, digits, '.', '_', '-' and single slashes between, at most 256 in all");
  std::shared_ptr<bucket::TokenKeeper> tokens;
  if (!options.anonymous) {
    tokens = std::make_shared<bucket::TokenKeeper>(TRY(token_source({.file = options.credentials,
                                                                     .metadata_url = options.metadata_url,
                                                                     .ca_file = options.ca_file,
                                                                     .clock = options.clock,
                                                                     .stop = options.stop})),
                                                   options.clock);
  }
  http::ClientOptions server{
      .base_url = options.url, .proxy_of_environment = true, .stall_timeout = options.no_progress};
  server.access = std::make_shared<Live<http::Access>>(http::Access{.ca_file = options.ca_file});
  auto wire = std::make_unique<Wire>(std::move(server), std::move(tokens), options.project, options.concurrency);
  return std::make_unique<GcsBucket>(std::move(wire), options.bucket, options.sizes);
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> open(const Options& options) {
  return bucket::open(TRY(bucket_of(options)), options_of(options));
}

Result<std::unique_ptr<ObjectStore>> open_to_look(const Options& options) {
  return bucket::open_to_look(TRY(bucket_of(options)), options_of(options));
}

}  // namespace dmw::store::gcs
