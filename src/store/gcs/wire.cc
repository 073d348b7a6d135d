#include "store/gcs/wire.h"

#include <optional>
#include <utility>

#include "base/format.h"
#include "http/retry_after.h"
#include "store/gcs/answers.h"

namespace dmw::store::gcs {
namespace {

constexpr std::size_t answer_bytes_max = 8U << 20U;  // a page of 1,000 names takes about 200 KiB

constexpr std::chrono::seconds single_answer_within{10};

/// Facts: Google Cloud Storage, "Retry strategy"; JSON API, "HTTP status and error codes" (rateLimitExceeded and
/// userRateLimitExceeded of 403).
bool passes(const http::Response& answer) {
  if (answer.status == 403) return reason_in(answer.body).ends_with("ateLimitExceeded");
  return answer.status == 408 || answer.status == 429 || answer.status >= 500;
}

/// Names what a person can do about it.
std::string_view advice(int status) {
  switch (status) {
    case 401:
      return "the credentials are not accepted; see GOOGLE_APPLICATION_CREDENTIALS";
    case 403:
      return "the account lacks a right on the bucket (role Storage Object User), or the bucket refuses changes";
    case 404:
      return "there is no such bucket; see GCS_BUCKET";
    default:
      return "";
  }
}

std::string sentence(const http::Response& answer) {
  const std::string words = message_in(answer.body);
  const std::string_view hint = advice(answer.status);
  std::string said = format("Google Cloud Storage answered {}", answer.status);
  if (!words.empty()) said += format(" ({})", words);
  return hint.empty() ? said : format("{}: {}", said, hint);
}

/// The error of a call that got no answer. Errors of our own side stay.
bool is_of_peer(const Error& error) {
  return error.code == Errc::unavailable || error.code == Errc::timeout || error.code == Errc::corrupted;
}

}  // namespace

std::unexpected<Error> refusal(const http::Response& answer) {
  const bool quota = answer.status == 403 && reason_in(answer.body) == "quotaExceeded";
  return fail(quota ? Errc::full : Errc::unavailable, sentence(answer));
}

Wire::Wire(http::ClientOptions server, std::shared_ptr<bucket::TokenKeeper> tokens, std::string project,
           std::size_t connections_kept)
    : clients_(std::move(server), connections_kept), tokens_(std::move(tokens)), project_(std::move(project)) {}

Result<http::Response> Wire::ask(const WireRequest& request, bucket::Attempts& attempts) {
  std::optional<Error> refused;  // by who takes or gives the bytes
  WireRequest watched = request;
  http::ByteSink sink;
  http::ByteSupply supply;
  const auto note = [&refused](const auto& result) {
    if (!result) refused = result.error();
    return result;
  };
  if (request.sink != nullptr) {
    sink = [&](ByteView bytes) { return note((*request.sink)(bytes)); };
    watched.sink = &sink;
  }
  if (request.supply != nullptr) {
    supply = [&](std::uint64_t offset, std::span<std::byte> into) { return note((*request.supply)(offset, into)); };
    watched.supply = &supply;
  }
  if (request.head) watched.head = [&](const http::Response& head) { return note(request.head(head)); };

  Result<http::Response> answer = send(watched, attempts);
  if (refused) return std::unexpected(*std::move(refused));
  if (!answer) {
    if (is_of_peer(answer.error())) attempts.may_repeat();
    return bucket::away(std::move(answer.error()));
  }
  if (!passes(*answer)) return answer;
  const std::chrono::sys_seconds now{std::chrono::seconds(attempts.clock().now() / 1'000'000)};
  attempts.may_repeat(http::retry_after(answer->headers, now));
  return refusal(*answer);
}

Result<http::Response> Wire::send(const WireRequest& request, const bucket::Attempts& attempts) {
  http::CallOptions call{
      .headers = request.headers, .body_limit_bytes = answer_bytes_max, .stop = attempts.stop(), .head = request.head};
  if (attempts.is_single()) call.stall_timeout = single_answer_within;
  if (!project_.empty()) call.headers.add("x-goog-user-project", project_);
  for (int round = 0;; ++round) {
    std::optional<Private<std::string>> token;
    if (tokens_) {
      token = TRY(tokens_->get());
      call.headers.set("Authorization", "Bearer " + token->reveal());
    }
    bucket::ClientPool::Lent client = clients_.lend();
    Result<http::Response> answer =
        request.sink != nullptr ? client->get_to(request.path, *request.sink, call)
        : request.supply != nullptr
            ? client->send_from(request.method, request.path, request.supply_bytes, *request.supply, call)
            : client->request(request.method, request.path, request.body, call);
    if (!answer || answer->status != 401 || !token) return answer;
    tokens_->reject(*token);
    if (round > 0) return answer;
  }
}

}  // namespace dmw::store::gcs
