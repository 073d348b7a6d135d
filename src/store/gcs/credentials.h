// Credentials: the files by which the program proves to Google who it is, as `gcloud` and the console write them.
// Facts: RFC 7523 (JWT assertions); Google Cloud, "Workload identity federation".
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/private.h"
#include "base/result.h"

namespace dmw::store::gcs {

/// A key of a service account (`"type": "service_account"`).
struct ServiceAccount {
  std::string email;
  std::string key_id;
  Private<std::string> key_pem;
  std::string token_uri;
};

/// What `gcloud auth application-default login` writes (`"type": "authorized_user"`).
struct AuthorizedUser {
  std::string client_id;
  Private<std::string> client_secret;
  Private<std::string> refresh_token;
  std::string token_uri;
};

/// Workload identity federation with a file that the platform keeps fresh (`"type": "external_account"`).
struct ExternalAccount {
  std::string audience;
  std::string token_type;  // of the token in the file
  std::filesystem::path token_file;
  std::string token_field;  // its member of the file; empty: the file is the token
  std::string token_uri;
  std::string impersonation_uri;  // of the service account to act as; empty: none
};

using Credentials = std::variant<ServiceAccount, AuthorizedUser, ExternalAccount>;

/// What the requests of a store need.
inline constexpr std::string_view storage_scope = "https://www.googleapis.com/auth/devstorage.read_write";

/// Errors: invalid (not such a file, or one of another type).
Result<Credentials> parse_credentials(std::string_view text);

/// The signed assertion of a service account, good for an hour from `now`. Errors: invalid (its key).
Result<std::string> assertion_of(const ServiceAccount& account, MicrosUtc now);

}  // namespace dmw::store::gcs
