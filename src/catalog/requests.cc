#include "catalog/requests.h"

#include <map>
#include <set>

#include "base/crash_point.h"
#include "base/json.h"

namespace dmw::catalog {
namespace {

using db::Type;

constexpr std::string_view request_columns =
    "id, request_id, source, study, instances, closes, priority, state, correlation_id, client_correlation, "
    "traceparent, repeats, "
    "attempts, interrupted, created_at, updated_at, finished_at, last_error, study_uids, instances_found, "
    "instances_fetched";

std::string list_text(const std::vector<std::string>& items) {
  return json::serialize(json::array(items.begin(), items.end()));
}

Result<std::vector<std::string>> list_of(const std::string& text) {
  std::vector<std::string> items;
  if (text.empty()) return items;
  const json::value parsed = TRY(json::parse(text));
  if (!parsed.is_array()) return fail(Errc::internal, "a list in the catalog is not a JSON array");
  for (const json::value& item : parsed.get_array()) {
    if (item.is_string()) items.emplace_back(item.get_string());
  }
  return items;
}

Result<Uuid> uuid_of(const std::string& text) {
  const std::optional<Uuid> parsed = Uuid::parse(text);
  if (!parsed) return fail(Errc::internal, "an identifier in the catalog is not a UUID");
  return *parsed;
}

Result<Request> request_of(const db::Row& row) {
  Request request;
  request.id = row.integer(0);
  request.request_id = TRY(uuid_of(row.text(1)));
  request.source = row.text(2);
  request.study = row.text(3);
  request.instances = TRY(list_of(row.text(4)));
  request.closes = row.boolean(5);
  request.priority = static_cast<RequestPriority>(row.integer(6));
  request.state = static_cast<RequestState>(row.integer(7));
  request.correlation_id = TRY(uuid_of(row.text(8)));
  request.client_correlation = row.text(9);
  request.traceparent = row.text(10);
  request.repeats = static_cast<int>(row.integer(11));
  request.attempts = static_cast<int>(row.integer(12));
  request.interrupted = row.boolean(13);
  request.created_at = row.integer(14);
  request.updated_at = row.integer(15);
  if (!row.is_null(16)) request.finished_at = row.integer(16);
  request.last_error = row.text(17);
  request.study_uids = TRY(list_of(row.text(18)));
  request.instances_found = row.integer(19);
  request.instances_fetched = row.integer(20);
  return request;
}

Result<std::vector<Request>> requests_of(const db::Rows& rows) {
  std::vector<Request> requests;
  for (const db::Row& row : rows) requests.push_back(TRY(request_of(row)));
  return requests;
}

/// What an unclean end interrupted may be named by others too, which were claimed by nobody then: they are handed out
/// with the same care. A request of single instances does not tell its study, so it may name the same as any other.
/// Not written down: else a steady stream of requests would hand the mark on for ever.
Result<> pass_on_interruptions(db::Transaction& transaction, const std::string& source, std::vector<Request>& claimed) {
  const db::Rows interrupted =
      TRY(transaction.query("select id, study from requests where source = $1 and ((state = 0 and interrupted) or "
                            "(state = 1 and (interrupted or (holder is not null and leased_until < {now}))))",
                            {source}));
  for (Request& request : claimed) {
    for (const db::Row& other : interrupted) {
      const std::string study = other.text(1);
      if (other.integer(0) == request.id) continue;
      if (study.empty() || request.study.empty() || study == request.study) request.interrupted = true;
    }
  }
  return {};
}

db::Batch id_batch(std::span<const std::int64_t> ids) {
  db::Batch rows({{"id", Type::integer}});
  for (const std::int64_t id : ids) rows.add({id});
  return rows;
}

}  // namespace

Result<std::vector<Submitted>> Requests::submit(db::Transaction& transaction, std::span<const NewRequest> requests) {
  db::Batch rows({{"request_id", Type::text},
                  {"source", Type::text},
                  {"study", Type::text},
                  {"instances", Type::text},
                  {"closes", Type::boolean},
                  {"priority", Type::integer},
                  {"correlation_id", Type::text},
                  {"client_correlation", Type::text},
                  {"traceparent", Type::text},
                  {"repeats", Type::integer}});
  // One row a study: the same study asked for twice in one group is one request already.
  std::map<std::pair<std::string, std::string>, std::size_t> first_of;
  std::vector<std::pair<const NewRequest*, std::int64_t>> distinct;
  std::vector<std::size_t> became;
  for (const NewRequest& request : requests) {
    std::size_t index = distinct.size();
    if (!request.study.empty()) index = first_of.try_emplace({request.source, request.study}, index).first->second;
    if (index == distinct.size())
      distinct.emplace_back(&request, 0);
    else
      ++distinct[index].second;
    became.push_back(index);
  }
  std::vector<Submitted> made(distinct.size());
  std::map<std::string, std::size_t> by_study;
  std::map<std::string, std::size_t> by_id;
  for (std::size_t i = 0; i < distinct.size(); ++i) {
    const auto& [request, repeats] = distinct[i];
    made[i] = Submitted{Uuid::random(), request->correlation_id, false};
    by_id[made[i].request_id.text()] = i;
    if (!request->study.empty()) by_study[request->source + '\n' + request->study] = i;
    rows.add({made[i].request_id.text(), request->source, request->study,
              request->instances.empty() ? db::Value(db::Null{}) : db::Value(list_text(request->instances)),
              request->closes, static_cast<std::int64_t>(request->priority), request->correlation_id.text(),
              db::text_or_null(request->client_correlation), db::text_or_null(request->traceparent), repeats});
  }
  const db::Rows written = TRY(transaction.bulk(
      "insert into requests(request_id, source, study, instances, closes, priority, correlation_id, "
      "client_correlation, traceparent, "
      "repeats, created_at, updated_at) "
      "select request_id, source, study, instances, closes, priority, correlation_id, client_correlation, traceparent, "
      "repeats, "
      "{now}, {now} from batch where true "
      "on conflict(source, study) where state = 0 and study <> '' do update set repeats = requests.repeats + "
      "excluded.repeats + 1, "
      "priority = case when excluded.priority < requests.priority then excluded.priority else requests.priority end, "
      "not_before = 0, updated_at = excluded.updated_at "
      "returning request_id, correlation_id, source, study",
      rows));
  for (const db::Row& row : written) {
    if (const auto own = by_id.find(row.text(0)); own != by_id.end()) continue;
    Submitted& other = made.at(by_study.at(row.text(2) + '\n' + row.text(3)));
    other = Submitted{TRY(uuid_of(row.text(0))), TRY(uuid_of(row.text(1))), true};
  }
  std::vector<Submitted> answers;
  for (std::size_t i = 0; i < became.size(); ++i) {
    answers.push_back(made[became[i]]);
    if (distinct[became[i]].first != &requests[i]) answers.back().coalesced = true;
  }
  return answers;
}

Result<std::vector<Submitted>> Requests::submit(std::span<const NewRequest> requests) {
  return database_.write([&](db::Transaction& transaction) -> Result<std::vector<Submitted>> {
    std::vector<Submitted> submitted = TRY(submit(transaction, requests));
    crash_point("request.before_commit");
    return submitted;
  });
}

Result<std::vector<Request>> Requests::claim(const std::string& source, const std::string& holder, std::size_t limit,
                                             std::chrono::seconds lease) {
  return database_.write([&](db::Transaction& transaction) -> Result<std::vector<Request>> {
    // What was parked, and what a holder that is silent for longer than its lease had claimed, waits again: one a
    // study, and none beside one that waits already.
    TRY(transaction.query(
        "update requests set state = 0, interrupted = (interrupted or holder is not null), holder = null where id in "
        "(select min(id) from requests parked where state = 1 and source = $1 and leased_until < {now} and not exists "
        "(select 1 from requests other where other.source = parked.source and other.study = parked.study and "
        "other.study <> '' and other.state = 0) group by case when study = '' then cast(id as text) else study end)",
        {source}));
    const db::Rows rows = TRY(transaction.query(
        std::string("update requests set state = 1, holder = $2, leased_until = {now} + $4, attempts = attempts + 1, "
                    "updated_at = {now} "
                    "where id in (select id from requests next where state = 0 and source = $1 and not_before <= {now} "
                    "and not exists "
                    "(select 1 from requests other where other.source = next.source and other.study = next.study and "
                    "other.study <> '' and other.state = 1 and other.leased_until >= {now}) "
                    "order by priority, id limit $3 {skip_locked}) returning ")
            .append(request_columns),
        {source, holder, static_cast<std::int64_t>(limit), std::int64_t{std::chrono::microseconds(lease).count()}}));
    std::vector<Request> claimed = TRY(requests_of(rows));
    if (!claimed.empty()) TRY(pass_on_interruptions(transaction, source, claimed));
    return claimed;
  });
}

Result<> Requests::extend(const std::string& holder, std::span<const std::int64_t> ids, std::chrono::seconds lease) {
  if (ids.empty()) return {};
  return database_.write([&](db::Transaction& transaction) -> Result<> {
    TRY(transaction.bulk(
        "update requests set leased_until = {now} + $2 where state = 1 and holder = $1 and id = {any id}",
        id_batch(ids), {holder, std::int64_t{std::chrono::microseconds(lease).count()}}));
    return {};
  });
}

Result<> Requests::finish(std::span<const FinishedRequest> requests) {
  if (requests.empty()) return {};
  return database_.write([&](db::Transaction& transaction) -> Result<> {
    db::Batch done(
        {{"id", Type::integer}, {"study_uids", Type::text}, {"found", Type::integer}, {"fetched", Type::integer}});
    db::Batch closed({{"uid", Type::text}});
    db::Batch seen({{"source", Type::text}, {"resource", Type::text}, {"tag", Type::text}});
    std::set<std::string> closing;
    std::map<std::pair<std::string, std::string>, std::string> tags;
    for (const FinishedRequest& request : requests) {
      done.add({request.id, list_text(request.study_uids), request.instances_found, request.instances_fetched});
      if (request.closes) closing.insert(request.study_uids.begin(), request.study_uids.end());
      if (!request.study_tag.empty()) tags[{request.source, request.study}] = request.study_tag;
    }
    for (const std::string& uid : closing) closed.add({uid});
    for (const auto& [key, tag] : tags) seen.add({key.first, key.second, tag});
    TRY(
        transaction.bulk("update requests set state = 2, study_uids = b.study_uids, instances_found = b.found, "
                         "instances_fetched = b.fetched, finished_at = {now}, updated_at = {now}, last_error = null "
                         "from batch b where requests.id = b.id",
                         done));
    if (!closed.empty()) {
      TRY(transaction.bulk(
          "update settling set closed = true where study_id in (select s.id from studies s join batch b on "
          "s.study_instance_uid = b.uid)",
          closed));
    }
    if (!seen.empty()) {
      TRY(transaction.bulk(
          "insert into source_studies(source, resource, tag) select source, resource, tag from batch where true "
          "on conflict(source, resource) do update set tag = excluded.tag",
          seen));
    }
    crash_point("request.before_finish_commit");
    return {};
  });
}

Result<> Requests::postpone(const RequestClaim& claim, std::chrono::milliseconds delay, const Error& why) {
  return database_.write([&](db::Transaction& transaction) -> Result<> {
    TRY(transaction.query(
        "update requests set holder = null, leased_until = 0, not_before = {now} + $2, last_error = $3, "
        "updated_at = {now} where id = $1 and state = 1 and holder = $4",
        {claim.id, std::int64_t{std::chrono::microseconds(delay).count()}, why.message(), claim.holder}));
    return {};
  });
}

Result<> Requests::release(const std::string& holder, std::span<const std::int64_t> ids) {
  if (ids.empty()) return {};
  return database_.write([&](db::Transaction& transaction) -> Result<> {
    TRY(transaction.bulk(
        "update requests set holder = null, leased_until = 0, attempts = attempts - 1, updated_at = {now} "
        "where state = 1 and holder = $1 and id = {any id}",
        id_batch(ids), {holder}));
    return {};
  });
}

Result<std::int64_t> Requests::recover(const std::string& holder) {
  return database_.write([&](db::Transaction& transaction) -> Result<std::int64_t> {
    const db::Rows rows = TRY(transaction.query(
        "update requests set leased_until = 0 where state = 1 and holder = $1 returning id", {holder}));
    return static_cast<std::int64_t>(rows.size());
  });
}

Result<> Requests::fail_for_good(db::Transaction& transaction, const RequestClaim& claim, const std::string& why) {
  const db::Rows failed =
      TRY(transaction.query("update requests set state = 3, finished_at = {now}, updated_at = {now}, last_error = $2 "
                            "where id = $1 and state = 1 and holder = $3 returning id",
                            {claim.id, why, claim.holder}));
  if (failed.empty()) return fail(Errc::stale, "the request is no longer this process's");
  return {};
}

Result<std::optional<Request>> Requests::get(const std::string& request_id) {
  const db::Rows rows = TRY(database_.read(
      std::string("select ").append(request_columns).append(" from requests where request_id = $1"), {request_id}));
  if (rows.empty()) return std::nullopt;
  return TRY(request_of(rows.at(0)));
}

Result<std::vector<RequestStanding>> Requests::states(std::span<const std::string> request_ids) {
  db::Batch rows({{"request_id", Type::text}});
  for (const std::string& id : request_ids) rows.add({id});
  std::vector<RequestStanding> standings;
  if (rows.empty()) return standings;
  const std::unique_ptr<db::Transaction> transaction = TRY(database_.begin(db::Access::read));
  const db::Rows found =
      TRY(transaction->bulk("select r.request_id, r.state, r.study_uids, r.last_error from requests r join batch b on "
                            "b.request_id = r.request_id",
                            rows));
  for (const db::Row& row : found) {
    standings.push_back(
        {row.text(0), static_cast<RequestState>(row.integer(1)), TRY(list_of(row.text(2))), row.text(3)});
  }
  return standings;
}

Result<std::vector<Request>> Requests::list(const RequestFilter& filter) {
  std::string sql = std::string("select ").append(request_columns).append(" from requests where ($1 = 0 or id < $1)");
  db::Values parameters = {filter.before_id, static_cast<std::int64_t>(filter.limit)};
  if (filter.state) {
    sql += " and state = $3";
    parameters.emplace_back(static_cast<std::int64_t>(*filter.state));
  }
  sql += " order by id desc limit $2";
  return requests_of(TRY(database_.read(sql, parameters)));
}

Result<RequestDepth> Requests::depth() {
  const db::Rows rows =
      TRY(database_.read("select (select count(*) from requests where state = 0), "
                         "(select count(*) from requests where state = 1), "
                         "(select min(created_at) from requests where state in (0, 1))"));
  RequestDepth depth{rows.at(0).integer(0), rows.at(0).integer(1), std::nullopt};
  if (!rows.at(0).is_null(2)) depth.oldest_created_at = rows.at(0).integer(2);
  return depth;
}

Result<std::int64_t> Requests::forget(MicrosUtc before, std::size_t limit) {
  return database_.write([&](db::Transaction& transaction) -> Result<std::int64_t> {
    const db::Rows rows =
        TRY(transaction.query("delete from requests where id in (select id from requests where finished_at is not null "
                              "and finished_at < $1 order by finished_at limit $2) returning id",
                              {before, static_cast<std::int64_t>(limit)}));
    return static_cast<std::int64_t>(rows.size());
  });
}

Result<std::vector<std::string>> Requests::published(std::span<const std::string> study_uids, const std::string& sink) {
  db::Batch rows({{"uid", Type::text}});
  for (const std::string& uid : study_uids) rows.add({uid});
  std::vector<std::string> told;
  if (rows.empty()) return told;
  const std::unique_ptr<db::Transaction> transaction = TRY(database_.begin(db::Access::read));
  const db::Rows found =
      TRY(transaction->bulk("select b.uid from batch b join studies s on s.study_instance_uid = b.uid "
                            "left join settling t on t.study_id = s.id left join revisions r on r.study_id = s.id and "
                            "r.revision = s.revision "
                            "where t.study_id is null and ($1 = '' or r.position is null or "
                            "r.position <= coalesce((select position from sinks where name = $1), 0))",
                            rows, {sink}));
  for (const db::Row& row : found) told.push_back(row.text(0));
  return told;
}

}  // namespace dmw::catalog
