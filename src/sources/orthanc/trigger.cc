#include "sources/orthanc/trigger.h"

#include <algorithm>
#include <cctype>

#include "sources/orthanc/orthanc_client.h"

namespace dmw::sources {

namespace {

/// If the catalog hangs, the webhook soon gets 503 and repeats the call; both calls become one request.
constexpr std::chrono::milliseconds submit_patience{5'000};

}  // namespace

Trigger::Trigger(std::string source, db::Database& database, std::function<void()> nudge)
    : source_(std::move(source)),
      commit_({.name = "trigger-" + source_, .patience = submit_patience},
              [&database,
               nudge = std::move(nudge)](std::span<const NewRequest> group) -> Result<std::vector<catalog::Submitted>> {
                std::vector<catalog::Submitted> submitted = TRY(catalog::Requests(database).submit(group));
                nudge();
                return submitted;
              }) {}

Result<catalog::Submitted> Trigger::submit(const Wanted& wanted) {
  if (!is_resource_id(wanted.study))
    return fail(Errc::invalid, "an Orthanc study is named by five groups of eight hexadecimal digits");
  NewRequest request;
  request.source = source_;
  request.closes = true;
  request.priority = wanted.priority;
  request.correlation_id = wanted.correlation_id;
  request.client_correlation = wanted.client_correlation;
  request.traceparent = wanted.traceparent;
  request.study.resize(wanted.study.size());
  std::transform(wanted.study.begin(), wanted.study.end(), request.study.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  Result<catalog::Submitted> submitted = commit_.submit(std::move(request));
  if (!submitted && submitted.error().code == Errc::timeout) submitted.error().code = Errc::unavailable;
  return submitted;
}

}  // namespace dmw::sources
