// Where the tokens for Google Cloud Storage come from: a token server that a file of credentials names, or the metadata
// server of a machine in Google's cloud. Facts: RFC 7523, RFC 6749 §6, RFC 8693; Compute Engine, "Metadata server"; IAM
// Service Account Credentials API, generateAccessToken.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "store/bucket/token_keeper.h"

namespace dmw::store::gcs {

struct CredentialsOptions {
  std::filesystem::path file{};  // empty: the metadata server of the machine
  std::string metadata_url = "http://metadata.google.internal";
  std::string ca_file{};  // for the token server; empty: the system's authorities
  const Clock& clock;
  std::stop_token stop{};
};

/// Reads the file again for each token, so that a replaced one is taken. Errors: invalid (the file).
Result<bucket::TokenSource> token_source(const CredentialsOptions& options);

}  // namespace dmw::store::gcs
