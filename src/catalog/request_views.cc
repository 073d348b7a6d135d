// Queries about requests for people and waiting callers.
#include <algorithm>
#include <chrono>
#include <limits>

#include "base/format.h"
#include "catalog/conditions.h"
#include "catalog/request_rows.h"
#include "catalog/requests.h"

namespace dmw::catalog {

Result<std::optional<Request>> Requests::get(const std::string& request_id) {
  const db::Rows rows = TRY(database_.read(
      std::string("select ").append(request_columns).append(" from requests where request_id = $1"), {request_id}));
  if (rows.empty()) return std::nullopt;
  return request_of(rows.at(0)).request;
}

Result<std::vector<UnservedRequests>> Requests::unserved(std::span<const std::string> served) {
  constexpr std::int64_t silence_us = std::chrono::microseconds(std::chrono::minutes(1)).count();
  const db::Rows rows = TRY(database_.read(
      "select source, count(*) from requests where state in (0, 1) and not exists (select 1 from leaders "
      "where role = 'poller/' || source and holder is not null and leased_until > {now} - $1) group by source order by "
      "source",
      {silence_us}));
  std::vector<UnservedRequests> found;
  for (const db::Row& row : rows) {
    const std::string source = row.text(0);
    if (std::ranges::find(served, source) == served.end()) found.push_back({source, row.integer(1)});
  }
  return found;
}

Result<std::vector<RequestStanding>> Requests::states(std::span<const std::string> request_ids) {
  db::Batch rows({{"request_id", db::Type::text}});
  for (const std::string& id : request_ids) rows.add({id});
  std::vector<RequestStanding> standings;
  if (rows.empty()) return standings;
  const std::unique_ptr<db::Transaction> transaction = TRY(database_.begin(db::Access::read));
  const db::Rows found =
      TRY(transaction->bulk("select r.request_id, r.state, r.study_uids, r.last_error from requests r join batch b on "
                            "b.request_id = r.request_id",
                            rows));
  for (const db::Row& row : found) {
    const Result<std::vector<std::string>> study_uids = list_of(row.text(2));
    if (!study_uids) continue;  // its studies are not known yet
    standings.push_back({row.text(0), static_cast<RequestState>(row.integer(1)), *study_uids, row.text(3)});
  }
  return standings;
}

Result<std::vector<Request>> Requests::list(const RequestFilter& filter) {
  const std::int64_t before = filter.before_id == 0 ? std::numeric_limits<std::int64_t>::max() : filter.before_id;
  Conditions where{"true", {}};
  std::string order = "id desc";
  if (filter.state) {
    order = where.also_only(database_.engine(), "state", static_cast<std::int64_t>(*filter.state), "id", before,
                            Walk::backward);
  } else {
    where.also("id <", before);
  }
  const std::string sql = format("select {} from requests where {} order by {}{}", request_columns, where.sql, order,
                                 where.limit(filter.limit));
  std::vector<Request> requests;
  for (const db::Row& row : TRY(database_.read(sql, where.parameters))) requests.push_back(request_of(row).request);
  return requests;
}

// Each count uses a partial index, so that the many finished requests are not read.
Result<RequestDepth> Requests::depth(const std::optional<std::string>& source) {
  std::vector<db::Value> parameters = {static_cast<std::int64_t>(RequestPriority::reconciled)};
  if (source) parameters.emplace_back(*source);
  const std::string_view of_source = source ? " and source = $2" : "";
  const std::string sql =
      std::string(
          "select 0, count(*), min(created_at), coalesce(sum(case when priority = $1 and look = 0 then 1 else 0 "
          "end), 0) from requests where state = 0 and (look = 0 or not_before <= {now})")
          .append(of_source)
          .append(
              " union all select 1, count(*), min(case when look = 0 or not_before <= {now} then created_at end), "
              "coalesce(sum(case when priority = $1 and look = 0 then 1 else 0 end), 0) from requests where state = 1")
          .append(of_source);
  const db::Rows rows = TRY(database_.read(sql, parameters));
  RequestDepth depth;
  for (const db::Row& row : rows) {
    (row.integer(0) == 0 ? depth.waiting : depth.claimed) = row.integer(1);
    depth.reconciled += row.integer(3);
    if (row.is_null(2)) continue;
    depth.oldest_created_at = std::min(depth.oldest_created_at.value_or(row.integer(2)), row.integer(2));
  }
  return depth;
}

}  // namespace dmw::catalog
