#include "catalog/requests.h"

#include <map>

#include "base/crash_point.h"
#include "base/format.h"
#include "base/log.h"
#include "catalog/request_rows.h"
#include "catalog/rows.h"
#include "catalog/writes.h"

namespace dmw::catalog {
namespace {

using db::Type;

/// A wait that was set while the clock was ahead of the current time is over. Otherwise a clock that is set back by a
/// day would make the wait a day longer.
constexpr std::string_view is_due = "(not_before <= {now} or updated_at > {now})";
/// Likewise a lease that would last longer than the longest possible one is over.
std::string lease_is_over(std::string_view row) {
  return format("({0}leased_until < {{now}} or {0}leased_until > {{now}} + {1})", row, lease_most_us);
}

/// Marks claimed requests as interrupted if they may include instances of an interrupted request. A request of single
/// instances does not name its study, so it may overlap with any other. The mark is not stored: otherwise a steady
/// stream of requests would pass it on forever.
Result<> pass_on_interruptions(db::Transaction& transaction, const std::string& source, std::vector<Request>& claimed) {
  const db::Rows interrupted =
      TRY(transaction.query("select id, study from requests where source = $1 and state = 0 and interrupted union all "
                            "select id, study from requests where source = $1 and state = 1 and (interrupted or "
                            "(holder is not null and " +
                                lease_is_over("") + "))",
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

/// Makes parked requests, and those of a holder whose lease has expired, waiting again: one per study, and none if one
/// of that study is waiting already.
Result<> wait_again(db::Transaction& transaction, const std::string& source) {
  const db::Rows rows = TRY(transaction.query(
      "select min(id) from requests parked where state = 1 and source = $1 and " + lease_is_over("") +
          " and not exists (select 1 from requests other where other.source = parked.source and other.study = "
          "parked.study and other.study <> '' and other.state = 0) group by case when study = '' then cast(id as text) "
          "else study end",
      {source}));
  if (rows.empty()) return {};
  std::vector<std::int64_t> ids;
  for (const db::Row& row : rows) ids.push_back(row.integer(0));
  const db::Batch parked = id_batch(ids);
  // Another replica may have claimed it first.
  const std::string is_parked = "id = {any id} and state = 1 and " + lease_is_over("");
  TRY(
      transaction.bulk("update requests set state = 0, interrupted = (interrupted or holder is not null), "
                       "holder = null where " +
                           is_parked,
                       parked));
  return expect_none(TRY(transaction.bulk("select 1 from requests where " + is_parked, parked)), "requests");
}

/// The ids of the next requests to claim, with their rows locked.
Result<db::Batch> lock_next(db::Transaction& transaction, const std::string& source, std::size_t limit) {
  const db::Rows rows = TRY(transaction.query(
      std::string("select id from requests next where state = 0 and source = $1 and ")
          .append(is_due)
          .append(" and not exists (select 1 from requests other where other.source = next.source and other.study = "
                  "next.study and other.study <> '' and other.state = 1 and not ")
          .append(lease_is_over("other."))
          .append(") order by priority, id limit $2 {skip_locked}"),
      {source, static_cast<std::int64_t>(limit)}));
  std::vector<std::int64_t> ids;
  for (const db::Row& row : rows) ids.push_back(row.integer(0));
  return id_batch(ids);
}

/// The readable requests. Unreadable ones are parked, so that the others can be claimed.
Result<std::vector<Request>> readable_of(db::Transaction& transaction, const db::Rows& rows) {
  constexpr std::chrono::microseconds park = std::chrono::hours(1);
  std::vector<Request> readable;
  db::Batch parked({{"id", Type::integer}, {"why", Type::text}});
  for (const db::Row& row : rows) {
    const std::string error_before = row.text(17);
    ReadRequest read = request_of(row);
    if (!read.unreadable) {
      readable.push_back(std::move(read.request));
      continue;
    }
    const std::string why = read.unreadable->message();
    parked.add({read.request.id, why});
    if (why == error_before) continue;
    log::warning("request_unreadable", "this request is not fetched, the others are: " + why,
                 {{"request", read.request.id}, {"source", read.request.source}});
  }
  if (parked.empty()) return readable;
  TRY(write_all(transaction, "requests",
                "update requests set holder = null, leased_until = 0, not_before = {now} + $1, "
                "last_error = b.why from batch b where requests.id = b.id",
                parked, {std::int64_t{park.count()}}));
  return readable;
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
  // One row per study: two requests for the same study in one group are merged here.
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
      "repeats, created_at, updated_at, erasures_before) "
      "select request_id, source, study, instances, closes, priority, correlation_id, client_correlation, traceparent, "
      "repeats, "
      "{now}, {now}, (select number from erasure_head) from batch where true "
      "on conflict(source, study) where state = 0 and study <> '' do update set repeats = requests.repeats + "
      "excluded.repeats + 1, "
      "priority = case when excluded.priority < requests.priority then excluded.priority else requests.priority end, "
      "closes = (requests.closes or excluded.closes), look = 0, not_before = 0, updated_at = excluded.updated_at "
      "returning request_id, correlation_id, source, study",
      rows));
  TRY(expect_all(written, rows, "requests"));
  for (const db::Row& row : written) {
    if (const auto own = by_id.find(row.text(0)); own != by_id.end()) continue;
    Submitted& other = made.at(by_study.at(row.text(2) + '\n' + row.text(3)));
    other = Submitted{uuid_of(row.text(0)), uuid_of(row.text(1)), true};
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
    // A repeated request without a caller is deleted in favour of a parked request of the same study, which will leave
    // a new one.
    TRY(transaction.query(
        "delete from requests where id in (select look.id from requests parked join requests look on look.source = "
        "parked.source and look.study = parked.study and look.state = 0 and look.look > 0 where parked.state = 1 and "
        "parked.source = $1 and parked.study <> '' and " +
            lease_is_over("parked.") + ")",
        {source}));
    TRY(wait_again(transaction, source));
    const db::Batch next = TRY(lock_next(transaction, source, limit));
    if (next.empty()) return std::vector<Request>();
    const db::Rows rows = TRY(write_all(
        transaction, "requests",
        std::string("update requests set state = 1, holder = $1, leased_until = {now} + $2, attempts = attempts + 1, "
                    "not_before = 0, updated_at = {now} where id = {any id} returning ")
            .append(request_columns),
        next, {holder, std::int64_t{std::chrono::microseconds(lease).count()}}));
    std::vector<Request> claimed = TRY(readable_of(transaction, rows));
    for (const Request& request : claimed) {
      if (request.state != RequestState::claimed) return std::unexpected(change_dropped("requests"));
    }
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
    // A lease is extended after a third of its time.
    return expect_none(TRY(transaction.bulk(
                           "select 1 from requests where state = 1 and holder = $1 and id = {any id} and leased_until "
                           "< {now} + $2",
                           id_batch(ids), {holder, std::int64_t{std::chrono::microseconds(lease).count() * 5 / 6}})),
                       "requests");
  });
}

Result<> Requests::postpone(const RequestClaim& claim, std::chrono::milliseconds delay, const Error& why) {
  return database_.write([&](db::Transaction& transaction) -> Result<> {
    TRY(transaction.query(
        "update requests set holder = null, leased_until = 0, not_before = {now} + $2, last_error = $3, "
        "updated_at = {now} where id = $1 and state = 1 and holder = $4",
        {claim.id, std::int64_t{std::chrono::microseconds(delay).count()}, why.message(), claim.holder}));
    return expect_none(TRY(transaction.query("select 1 from requests where id = $1 and state = 1 and holder = $2",
                                             {claim.id, claim.holder})),
                       "requests");
  });
}

Result<> Requests::release(const std::string& holder, std::span<const std::int64_t> ids) {
  if (ids.empty()) return {};
  return database_.write([&](db::Transaction& transaction) -> Result<> {
    TRY(transaction.bulk(
        "update requests set holder = null, leased_until = 0, attempts = attempts - 1, updated_at = {now} "
        "where state = 1 and holder = $1 and id = {any id}",
        id_batch(ids), {holder}));
    return expect_none(TRY(transaction.bulk("select 1 from requests where state = 1 and holder = $1 and id = {any id}",
                                            id_batch(ids), {holder})),
                       "requests");
  });
}

Result<std::int64_t> Requests::recover(const std::string& holder) {
  return database_.write([&](db::Transaction& transaction) -> Result<std::int64_t> {
    const db::Rows rows = TRY(transaction.query(
        "update requests set leased_until = 0 where state = 1 and holder = $1 returning id", {holder}));
    TRY(expect_none(
        TRY(transaction.query("select 1 from requests where state = 1 and holder = $1 and leased_until <> 0 limit 1",
                              {holder})),
        "requests"));
    return static_cast<std::int64_t>(rows.size());
  });
}

OldRows finished_requests(MicrosUtc before) {
  return {.what = "request",
          .table = "requests",
          .key = {{"finished_at", Type::integer}, {"id", Type::integer}},
          .find =
              "select finished_at, id from requests where finished_at >= $2 and (finished_at > $2 or id > $3) and "
              "finished_at < $4 order by finished_at, id limit $1",
          .lock = "select finished_at, id from requests where id = {any id} and finished_at is not null {skip_locked}",
          .remove = "delete from requests where id = {any id}",
          .parameters = {before}};
}

}  // namespace dmw::catalog
