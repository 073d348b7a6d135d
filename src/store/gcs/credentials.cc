#include "store/gcs/credentials.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/base64.h"
#include "base/format.h"
#include "base/json.h"
#include "base/rs256.h"
#include "http/authority.h"

namespace dmw::store::gcs {
namespace {

constexpr std::chrono::seconds assertion_lasts{3'600};
constexpr std::string_view token_uri_of_google = "https://oauth2.googleapis.com/token";

std::string member(const json::object& from, std::string_view name) {
  return json::get_string(from, name).value_or("");
}

/// Where the secrets of a file are sent to: by TLS, or on this machine.
bool is_safe_uri(std::string_view uri) {
  const std::optional<http::AbsoluteTarget> target = http::absolute_target(uri);
  if (!target || !target->rest.starts_with('/')) return false;
  const std::optional<http::Authority> authority = http::Authority::parse(target->authority);
  if (!authority) return false;
  const bool here = authority->host == "localhost" || (authority->address && authority->address->is_loopback());
  return target->scheme == "https" || (target->scheme == "http" && here);
}

Result<Credentials> service_account_in(const json::object& file, std::string token_uri) {
  ServiceAccount account{member(file, "client_email"), member(file, "private_key_id"),
                         Private<std::string>(member(file, "private_key")), std::move(token_uri)};
  if (account.email.empty() || account.key_pem.reveal().empty())
    return fail(Errc::invalid, "the file of a service account has no client_email or no private_key");
  TRY(assertion_of(account, 0));
  return account;
}

Result<Credentials> authorized_user_in(const json::object& file, std::string token_uri) {
  AuthorizedUser user{member(file, "client_id"), Private<std::string>(member(file, "client_secret")),
                      Private<std::string>(member(file, "refresh_token")), std::move(token_uri)};
  if (user.client_id.empty() || user.refresh_token.reveal().empty())
    return fail(Errc::invalid, "the file of an authorized user has no client_id or no refresh_token");
  return user;
}

/// Google knows other sources too: an address, a program, AWS. A file is what Kubernetes gives.
Result<Credentials> external_account_in(const json::object& file) {
  const json::value* const source = file.if_contains("credential_source");
  const json::object* const from = source == nullptr ? nullptr : source->if_object();
  ExternalAccount account{.audience = member(file, "audience"),
                          .token_type = member(file, "subject_token_type"),
                          .token_file = from == nullptr ? "" : member(*from, "file"),
                          .token_field = {},
                          .token_uri = member(file, "token_url"),
                          .impersonation_uri = member(file, "service_account_impersonation_url")};
  if (account.token_file.empty())
    return fail(Errc::invalid, "its credential_source names no file, the only source that this version knows");
  if (account.audience.empty() || account.token_type.empty())
    return fail(Errc::invalid, "it has no audience or no subject_token_type");
  const json::value* const form = from->if_contains("format");
  if (form != nullptr && form->is_object() && member(form->get_object(), "type") == "json") {
    account.token_field = member(form->get_object(), "subject_token_field_name");
    if (account.token_field.empty())
      return fail(Errc::invalid, "the format of its credential_source has no subject_token_field_name");
  }
  if (!is_safe_uri(account.token_uri)) return fail(Errc::invalid, "its token_url is no https:// address");
  if (!account.impersonation_uri.empty() && !is_safe_uri(account.impersonation_uri))
    return fail(Errc::invalid, "its service_account_impersonation_url is no https:// address");
  return account;
}

}  // namespace

Result<Credentials> parse_credentials(std::string_view text) {
  const Result<json::value> parsed = json::parse(text);
  if (!parsed || !parsed->is_object()) return fail(Errc::invalid, "it is not a JSON object");
  const json::object& file = parsed->as_object();
  const std::string type = member(file, "type");
  if (type == "external_account") return external_account_in(file);
  std::string token_uri = member(file, "token_uri");
  if (token_uri.empty()) token_uri = token_uri_of_google;
  if (!is_safe_uri(token_uri)) return fail(Errc::invalid, "its token_uri is no https:// address");
  if (type == "service_account") return service_account_in(file, std::move(token_uri));
  if (type == "authorized_user") return authorized_user_in(file, std::move(token_uri));
  return fail(
      Errc::invalid,
      "its type is not service_account, authorized_user or external_account, which are the ones that this version "
      "knows");
}

Result<std::string> assertion_of(const ServiceAccount& account, MicrosUtc now) {
  const std::int64_t seconds = now / 1'000'000;
  json::object header{{"alg", "RS256"}, {"typ", "JWT"}};
  if (!account.key_id.empty()) header["kid"] = account.key_id;
  const json::object claims{{"iss", account.email},
                            {"scope", storage_scope},
                            {"aud", account.token_uri},
                            {"iat", seconds},
                            {"exp", seconds + assertion_lasts.count()}};
  const std::string text =
      base64url(as_bytes(json::serialize(header))) + "." + base64url(as_bytes(json::serialize(claims)));
  return text + "." + base64url(as_bytes(TRY(sign_rs256(account.key_pem, text))));
}

}  // namespace dmw::store::gcs
