#include "api/reason.h"

#include "api/reply.h"
#include "base/format.h"

namespace dmw::api {
namespace {

constexpr std::size_t kReasonMaxBytes = 1'000;

}  // namespace

std::expected<std::string, http::Problem> reason_of(const http::Request& request, std::string sentence) {
  std::string reason(request.query("reason").value_or(""));
  if (!request.body.empty()) {
    const auto body = object_of(request);
    if (!body) return std::unexpected(body.error());
    reason = json::get_string(*body, "reason").value_or("");
  }
  const std::string_view said = http::trimmed(reason);
  if (!said.empty() && said.size() <= kReasonMaxBytes) return std::string(said);
  return std::unexpected(http::Problem::of(422, std::move(sentence))
                             .error("/reason", format("must be a text of 1 to {} bytes", kReasonMaxBytes)));
}

std::string actor_of(const http::Request& request) {
  return request.principal.empty() ? "anonymous" : request.principal;
}

Session session_of(const http::Request& request, MicrosUtc now) {
  Session session;
  session.id = new_session_id();
  session.kind = SessionKind::person;
  session.correlation_id = request.correlation;
  session.source = "person";
  session.peer = request.peer;
  session.traceparent = request.traceparent.value_or("");
  session.started_at = now;
  return session;
}

}  // namespace dmw::api
