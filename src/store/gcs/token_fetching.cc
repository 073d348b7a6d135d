#include "store/gcs/token_fetching.h"

#include <optional>
#include <utility>

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "base/live.h"
#include "http/authority.h"
#include "http/client.h"
#include "http/target.h"
#include "store/bucket/bucket.h"
#include "store/gcs/answers.h"
#include "store/gcs/credentials.h"

namespace dmw::store::gcs {
namespace {

constexpr std::size_t file_bytes_max = 64U << 10U;
constexpr std::size_t token_answer_bytes_max = 64U << 10U;
constexpr std::chrono::seconds answer_within{20};
constexpr std::string_view platform_scope = "https://www.googleapis.com/auth/cloud-platform";

/// The token that the platform put into the file.
Result<Private<std::string>> subject_token(const ExternalAccount& account) {
  const Result<std::string> text = read_text(account.token_file, file_bytes_max);
  if (!text)
    return fail(Errc::unavailable,
                format("the token file {} cannot be read: {}", account.token_file.string(), text.error().message()));
  if (account.token_field.empty())
    return Private<std::string>(std::string(http::trimmed(text->substr(0, text->find_last_not_of("\r\n") + 1))));
  const Result<json::value> parsed = json::parse(*text);
  std::optional<std::string> token;
  if (parsed && parsed->is_object()) token = json::get_string(parsed->as_object(), account.token_field);
  if (!token)
    return fail(Errc::unavailable,
                format("the token file {} has no member {}", account.token_file.string(), account.token_field));
  return Private<std::string>(*std::move(token));
}

/// RFC 8693 §2.1.
Result<std::string> exchange_form(const ExternalAccount& account) {
  const Private<std::string> token = TRY(subject_token(account));
  // To act as a service account takes a token of the platform.
  const std::string_view scope = account.impersonation_uri.empty() ? storage_scope : platform_scope;
  return "grant_type=" + http::percent_encode("urn:ietf:params:oauth:grant-type:token-exchange") +
         "&requested_token_type=" + http::percent_encode("urn:ietf:params:oauth:token-type:access_token") +
         "&audience=" + http::percent_encode(account.audience) + "&scope=" + http::percent_encode(scope) +
         "&subject_token_type=" + http::percent_encode(account.token_type) +
         "&subject_token=" + http::percent_encode(token.reveal());
}

/// The body of the request for a token, as a form.
Result<std::string> form_of(const Credentials& credentials, MicrosUtc now) {
  if (const auto* const account = std::get_if<ServiceAccount>(&credentials)) {
    return "grant_type=" + http::percent_encode("urn:ietf:params:oauth:grant-type:jwt-bearer") +
           "&assertion=" + TRY(assertion_of(*account, now));
  }
  if (const auto* const external = std::get_if<ExternalAccount>(&credentials)) return exchange_form(*external);
  const auto& user = std::get<AuthorizedUser>(credentials);
  return "grant_type=refresh_token&client_id=" + http::percent_encode(user.client_id) +
         "&client_secret=" + http::percent_encode(user.client_secret.reveal()) +
         "&refresh_token=" + http::percent_encode(user.refresh_token.reveal());
}

const std::string& token_uri_of(const Credentials& credentials) {
  return std::visit([](const auto& one) -> const std::string& { return one.token_uri; }, credentials);
}

http::Client client_of(std::string base_url, const CredentialsOptions& options) {
  // No proxy leads to the metadata server, which is reached only from its own machine.
  http::ClientOptions client{
      .base_url = std::move(base_url), .proxy_of_environment = !options.file.empty(), .stall_timeout = answer_within};
  client.access = std::make_shared<Live<http::Access>>(http::Access{.ca_file = options.ca_file});
  return http::Client(std::move(client));
}

Result<bucket::Token> token_in(const Result<http::Response>& answer, std::string_view server) {
  if (!answer) return during(bucket::away(answer.error()).error(), format("the request for a token to {}", server));
  if (answer->success()) return parse_token(answer->body);
  const std::string words = message_in(answer->body);
  return fail(Errc::unavailable, format("{} gives no token: it answered {}{}{}{}", server, answer->status,
                                        words.empty() ? "" : " (", words, words.empty() ? "" : ")"));
}

Result<Credentials> read_credentials(const std::filesystem::path& file) {
  const Result<std::string> text = read_text(file, file_bytes_max);
  if (!text) {
    return fail(Errc::invalid, format("the file {} (GOOGLE_APPLICATION_CREDENTIALS) cannot be read: {}", file.string(),
                                      text.error().message()));
  }
  Result<Credentials> parsed = parse_credentials(*text);
  if (!parsed) {
    return fail(Errc::invalid,
                format("the file {} (GOOGLE_APPLICATION_CREDENTIALS): {}", file.string(), parsed.error().what));
  }
  return parsed;
}

Result<bucket::Token> post(const std::string& uri, const std::string& body, http::Headers headers,
                           const CredentialsOptions& options) {
  const http::AbsoluteTarget target = *http::absolute_target(uri);
  http::Client client = client_of(format("{}://{}", target.scheme, target.authority), options);
  const http::CallOptions call{
      .headers = std::move(headers), .body_limit_bytes = token_answer_bytes_max, .stop = options.stop};
  return token_in(client.post(target.rest, body, call), target.authority);
}

/// A token of the service account, asked for with a token that may act as it.
Result<bucket::Token> act_as(const ExternalAccount& account, const bucket::Token& own,
                             const CredentialsOptions& options) {
  const std::string body = json::serialize(json::object{{"scope", json::array{storage_scope}}, {"lifetime", "3600s"}});
  return post(account.impersonation_uri, body,
              {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + own.text.reveal()}}, options);
}

Result<bucket::Token> fetch_by_file(const CredentialsOptions& options) {
  const Result<Credentials> credentials = read_credentials(options.file);
  if (!credentials) return bucket::away(credentials.error());
  const std::string body = TRY(form_of(*credentials, options.clock.now()));
  bucket::Token token =
      TRY(post(token_uri_of(*credentials), body, {{"Content-Type", "application/x-www-form-urlencoded"}}, options));
  const auto* const external = std::get_if<ExternalAccount>(&*credentials);
  if (external == nullptr || external->impersonation_uri.empty()) return token;
  return act_as(*external, token, options);
}

Result<bucket::Token> fetch_by_metadata(const CredentialsOptions& options) {
  constexpr std::string_view path = "/computeMetadata/v1/instance/service-accounts/default/token";
  http::Client client = client_of(options.metadata_url, options);
  http::CallOptions call{
      .headers = {{"Metadata-Flavor", "Google"}}, .body_limit_bytes = token_answer_bytes_max, .stop = options.stop};
  const Result<http::Response> answer = client.get(path, call);
  // Another server under this address does not know the field.
  if (answer && answer->success() && answer->headers.get("Metadata-Flavor") != "Google")
    return fail(Errc::unavailable, format("{} is no metadata server of Google", options.metadata_url));
  Result<bucket::Token> token = token_in(answer, "the metadata server");
  if (token) return token;
  return during(std::move(token.error()),
                "the start without GOOGLE_APPLICATION_CREDENTIALS, which needs a machine of Google's cloud");
}

}  // namespace

Result<bucket::TokenSource> token_source(const CredentialsOptions& options) {
  if (options.file.empty()) return [options] { return fetch_by_metadata(options); };
  TRY(read_credentials(options.file));
  return [options] { return fetch_by_file(options); };
}

}  // namespace dmw::store::gcs
