// The JSON form of each resource of the API. `openapi.json` has the same shapes as schemas.
#pragma once

#include <span>
#include <string>

#include "api/parts.h"
#include "base/json.h"
#include "catalog/associations.h"
#include "catalog/studies.h"
#include "model/dead_letter.h"
#include "model/event.h"
#include "model/request.h"

namespace dmw::api {

json::value time_or_null(std::optional<MicrosUtc> time);

json::object to_json(const PartState& part);
json::object to_json(const Request& request);
json::object to_json(const catalog::StudyRow& study);
json::object to_json(const catalog::SeriesRow& series);
json::object to_json(const catalog::VersionRow& version);
json::object to_json(const catalog::RevisionRow& revision);
json::object to_json(const DeadLetter& letter);
/// A caller of an intake, as a source.
json::object to_json(const catalog::Caller& caller);
json::object to_json(const catalog::Association& association);
/// An intake, as a source.
json::object to_json_source(const PartState& door, const std::optional<PartSummary>& summary);

/// `{"position":…,"event_id":…,…,"headers":{…},"body":{…}}`: headers and body are copied byte for byte from the log.
std::string to_json_text(const Event& event);
/// The event as one message of a text/event-stream.
std::string server_sent(const Event& event);

/// A page: `{"<items>":[…],"next_cursor":"…"|null}`; `next_cursor` is set if this page is full.
template <typename Row, typename Id>
json::object page_of(std::string_view items, std::span<const Row> rows, std::size_t limit, Id id) {
  json::array list;
  for (const Row& row : rows) list.push_back(to_json(row));
  json::object page;
  page[items] = std::move(list);
  page["next_cursor"] = nullptr;
  if (!rows.empty() && rows.size() >= limit) page["next_cursor"] = std::to_string(id(rows.back()));
  return page;
}

}  // namespace dmw::api
