// Requests, as people and those who wait for them see them.
#include <limits>

#include "catalog/request_rows.h"
#include "catalog/requests.h"

namespace dmw::catalog {

Result<std::optional<Request>> Requests::get(const std::string& request_id) {
  const db::Rows rows = TRY(database_.read(
      std::string("select ").append(request_columns).append(" from requests where request_id = $1"), {request_id}));
  if (rows.empty()) return std::nullopt;
  return request_of(rows.at(0)).request;
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
    if (!study_uids) continue;  // nobody knows what it waits for
    standings.push_back({row.text(0), static_cast<RequestState>(row.integer(1)), *study_uids, row.text(3)});
  }
  return standings;
}

Result<std::vector<Request>> Requests::list(const RequestFilter& filter) {
  // Compared with 0 in the statement, it would be an integer of 32 bits for PostgreSQL.
  const std::int64_t before = filter.before_id == 0 ? std::numeric_limits<std::int64_t>::max() : filter.before_id;
  std::string sql = std::string("select ").append(request_columns).append(" from requests where id < $1");
  db::Values parameters = {before, static_cast<std::int64_t>(filter.limit)};
  if (filter.state) {
    sql += " and state = $3";
    parameters.emplace_back(static_cast<std::int64_t>(*filter.state));
  }
  sql += " order by id desc limit $2";
  std::vector<Request> requests;
  for (const db::Row& row : TRY(database_.read(sql, parameters))) requests.push_back(request_of(row).request);
  return requests;
}

Result<RequestDepth> Requests::depth() {
  const db::Rows rows = TRY(
      database_.read("select (select count(*) from requests where state = 0 and (look = 0 or not_before <= {now})), "
                     "(select count(*) from requests where state = 1), "
                     "(select min(created_at) from requests where state in (0, 1) and "
                     "(look = 0 or not_before <= {now})), "
                     "(select count(*) from requests where state = 0 and priority = $1 and look = 0) + "
                     "(select count(*) from requests where state = 1 and priority = $1 and look = 0)",
                     {static_cast<std::int64_t>(RequestPriority::reconciled)}));
  RequestDepth depth{rows.at(0).integer(0), rows.at(0).integer(1), rows.at(0).integer(3), std::nullopt};
  if (!rows.at(0).is_null(2)) depth.oldest_created_at = rows.at(0).integer(2);
  return depth;
}

}  // namespace dmw::catalog
