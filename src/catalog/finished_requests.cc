// The end of requests: its effect on their studies, and the repeated requests for missing items.
#include <map>
#include <set>

#include "base/crash_point.h"
#include "base/format.h"
#include "catalog/dead_letters.h"
#include "catalog/request_rows.h"
#include "catalog/requests.h"
#include "catalog/sinks.h"
#include "catalog/writes.h"

namespace dmw::catalog {
namespace {

using db::Type;

/// The repeated requests for missing items. Each has the age of the original request, so a study that is erased in
/// between is not fetched again.
class Looks {
 public:
  void add(std::int64_t id, const NextLook& look) {
    rows_.add({id, Uuid::random().text(), std::int64_t{look.look},
               std::int64_t{std::chrono::microseconds(look.delay).count()},
               look.instances.empty() ? db::Value(db::Null{}) : db::Value(list_text(look.instances))});
  }
  Result<> write(db::Transaction& transaction) const;

 private:
  db::Batch rows_{{{"id", Type::integer},
                   {"request_id", Type::text},
                   {"look", Type::integer},
                   {"delay", Type::integer},
                   {"instances", Type::text}}};
};

/// Writes a separate request that no caller has made. If a request for the study is waiting already, the two are
/// merged, with the earlier time and the larger number of repetitions.
Result<> Looks::write(db::Transaction& transaction) const {
  if (rows_.empty()) return {};
  TRY(transaction.bulk(
      "insert into requests(request_id, source, study, instances, closes, priority, correlation_id, traceparent, look, "
      "not_before, created_at, updated_at, erasures_before) "
      "select request_id, source, study, instances, closes, $1, correlation_id, traceparent, look, {now} + delay, "
      "{now}, {now}, erasures_before from "
      "(select b.request_id, r.source, r.study, b.instances, max(case when r.closes then 1 else 0 end) over same = 1 "
      "as closes, r.correlation_id, r.traceparent, b.look, b.delay, r.erasures_before, row_number() over (same order "
      "by b.look) as place from batch b join requests r on r.id = b.id window same as (partition by r.source, r.study, "
      "case when r.study = '' then r.id else 0 end)) looks where place = 1 "
      "on conflict(source, study) where state = 0 and study <> '' do update set "
      "look = case when excluded.look < requests.look then excluded.look else requests.look end, "
      "not_before = case when excluded.not_before < requests.not_before then excluded.not_before else "
      "requests.not_before end, closes = (requests.closes or excluded.closes)",
      rows_, {static_cast<std::int64_t>(RequestPriority::reconciled)}));
  return expect_none(
      TRY(transaction.bulk("select 1 from batch b join requests r on r.id = b.id where not exists (select 1 from "
                           "requests w where w.request_id = b.request_id) and not exists (select 1 from requests w "
                           "where w.source = r.source and w.study = r.study and w.state = 0 and r.study <> '')",
                           rows_)),
      "requests");
}

}  // namespace

Result<std::vector<std::int64_t>> Requests::finish(std::span<const FinishedRequest> requests) {
  if (requests.empty()) return {};
  return database_.write([&](db::Transaction& transaction) -> Result<std::vector<std::int64_t>> {
    db::Batch done(
        {{"id", Type::integer}, {"study_uids", Type::text}, {"found", Type::integer}, {"fetched", Type::integer}});
    db::Batch closed({{"uid", Type::text}});
    db::Batch seen({{"source", Type::text}, {"resource", Type::text}, {"tag", Type::text}});
    Looks again;
    std::set<std::string> closing;
    std::set<std::string> arrived;
    std::map<std::pair<std::string, std::string>, std::string> tags;
    for (const FinishedRequest& request : requests) {
      done.add({request.id, list_text(request.study_uids), request.instances_found, request.instances_fetched});
      if (request.closes) closing.insert(request.study_uids.begin(), request.study_uids.end());
      if (!request.study_tag.empty()) tags[{request.source, request.study}] = request.study_tag;
      if (!request.study.empty() && request.instances_found > request.instances_absent) arrived.insert(request.study);
      if (request.again) again.add(request.id, *request.again);
    }
    for (const std::string& uid : closing) closed.add({uid});
    for (const auto& [key, tag] : tags) seen.add({key.first, key.second, tag});
    TRY(
        transaction.bulk("update requests set state = 2, study_uids = b.study_uids, instances_found = b.found, "
                         "instances_fetched = b.fetched, finished_at = {now}, updated_at = {now}, last_error = null "
                         "from batch b where requests.id = b.id",
                         done));
    TRY(expect_none(TRY(transaction.bulk("select 1 from requests where id = {any id} and state <> 2", done)),
                    "requests"));
    if (!closed.empty()) {
      TRY(transaction.bulk(
          "update settling set closed = true where study_id in (select s.id from studies s join batch b on "
          "s.study_instance_uid = b.uid)",
          closed));
      TRY(expect_none(TRY(transaction.bulk("select 1 from settling t join studies s on s.id = t.study_id join batch b "
                                           "on s.study_instance_uid = b.uid where not t.closed",
                                           closed)),
                      "settling"));
    }
    TRY(write_all(
        transaction, "source_studies",
        "insert into source_studies(source, resource, tag) select source, resource, tag from batch where true "
        "on conflict(source, resource) do update set tag = excluded.tag",
        seen));
    TRY(again.write(transaction));
    std::vector<std::int64_t> letters =
        TRY(close_arrived(transaction, arrived, "nothing to do: the study has arrived in the meantime"));
    crash_point("request.before_finish_commit");
    return letters;
  });
}

Result<> Requests::fail_for_good(db::Transaction& transaction, const RequestClaim& claim, const std::string& why) {
  const db::Rows failed =
      TRY(transaction.query("update requests set state = 3, finished_at = {now}, updated_at = {now}, last_error = $2 "
                            "where id = $1 and state = 1 and holder = $3 returning id",
                            {claim.id, why, claim.holder}));
  if (failed.empty()) {
    TRY(expect_none(TRY(transaction.query("select 1 from requests where id = $1 and state = 1 and holder = $2",
                                          {claim.id, claim.holder})),
                    "requests"));
    return fail(Errc::stale, "the request is no longer held by this process");
  }
  Looks again;
  if (claim.again) again.add(claim.id, *claim.again);
  return again.write(transaction);
}

Result<std::vector<std::string>> Requests::published(std::span<const std::string> study_uids) {
  db::Batch rows({{"uid", Type::text}});
  for (const std::string& uid : study_uids) rows.add({uid});
  std::vector<std::string> told;
  if (rows.empty()) return told;
  const std::unique_ptr<db::Transaction> transaction = TRY(database_.begin(db::Access::read));
  const db::Rows found =
      TRY(transaction->bulk(format("select b.uid from batch b join studies s on s.study_instance_uid = b.uid "
                                   "left join settling t on t.study_id = s.id left join revisions r on r.study_id = "
                                   "s.id and r.revision = s.revision where t.study_id is null and (r.position is null "
                                   "or r.position <= coalesce({}, r.position))",
                                   published_position),
                            rows));
  for (const db::Row& row : found) told.push_back(row.text(0));
  return told;
}

}  // namespace dmw::catalog
