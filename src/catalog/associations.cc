#include "catalog/associations.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "base/format.h"
#include "catalog/conditions.h"
#include "catalog/writes.h"

namespace dmw::catalog {
namespace {

using db::Type;

constexpr std::string_view association_columns =
    "id, correlation_id, started_at, ended_at, calling_ae, called_ae, peer, outcome, reason, instances, "
    "refused_instances, size_bytes, repeats";
constexpr std::string_view caller_columns =
    "source, calling_ae, peer, first_seen_at, last_seen_at, associations, refused_associations, instances, "
    "refused_instances, size_bytes, last_refused_at, last_refusal";

Association association_of(const db::Row& row) {
  Association association;
  association.id = row.integer(0);
  association.correlation_id = Uuid::parse(row.text(1)).value_or(Uuid());
  association.started_at = row.integer(2);
  association.ended_at = row.integer(3);
  association.calling_ae = row.text(4);
  association.called_ae = row.text(5);
  association.peer = row.text(6);
  association.outcome = static_cast<AssociationOutcome>(row.integer(7));
  association.reason = row.text(8);
  association.instances = row.integer(9);
  association.refused_instances = row.integer(10);
  association.size_bytes = row.integer(11);
  association.repeats = row.integer(12);
  return association;
}

Caller caller_of(const db::Row& row) {
  Caller caller;
  caller.source = row.text(0);
  caller.calling_ae = row.text(1);
  caller.peer = row.text(2);
  caller.first_seen_at = row.integer(3);
  caller.last_seen_at = row.integer(4);
  caller.associations = row.integer(5);
  caller.refused_associations = row.integer(6);
  caller.instances = row.integer(7);
  caller.refused_instances = row.integer(8);
  caller.size_bytes = row.integer(9);
  caller.last_refused_at = row.integer(10);
  caller.last_refusal = row.text(11);
  return caller;
}

Result<> insert(db::Transaction& transaction, std::span<const Association> ended) {
  db::Batch rows({{"correlation_id", Type::text},
                  {"started_at", Type::integer},
                  {"ended_at", Type::integer},
                  {"calling_ae", Type::text},
                  {"called_ae", Type::text},
                  {"peer", Type::text},
                  {"outcome", Type::integer},
                  {"reason", Type::text},
                  {"instances", Type::integer},
                  {"refused_instances", Type::integer},
                  {"size_bytes", Type::integer},
                  {"repeats", Type::integer}});
  for (const Association& a : ended) {
    rows.add({a.correlation_id.text(), a.started_at, a.ended_at, a.calling_ae, a.called_ae, a.peer,
              static_cast<std::int64_t>(a.outcome), a.reason, a.instances, a.refused_instances, a.size_bytes,
              a.repeats});
  }
  TRY(write_all(transaction, "associations",
                "insert into associations(correlation_id, started_at, ended_at, calling_ae, called_ae, peer, "
                "outcome, reason, instances, refused_instances, size_bytes, repeats) "
                "select correlation_id, started_at, ended_at, calling_ae, called_ae, peer, outcome, reason, "
                "instances, refused_instances, size_bytes, repeats from batch",
                rows));
  return {};
}

Result<> add(db::Transaction& transaction, std::span<const Caller> callers) {
  db::Batch rows({{"source", Type::text},
                  {"calling_ae", Type::text},
                  {"peer", Type::text},
                  {"first_seen_at", Type::integer},
                  {"last_seen_at", Type::integer},
                  {"associations", Type::integer},
                  {"refused_associations", Type::integer},
                  {"instances", Type::integer},
                  {"refused_instances", Type::integer},
                  {"size_bytes", Type::integer},
                  {"last_refused_at", Type::integer},
                  {"last_refusal", Type::text}});
  std::vector<const Caller*> in_order;  // so that two replicas cannot wait for each other
  for (const Caller& caller : callers) in_order.push_back(&caller);
  std::ranges::sort(in_order, {}, [](const Caller* caller) { return std::tie(caller->source, caller->calling_ae); });
  for (const Caller* caller : in_order) {
    const Caller& c = *caller;
    rows.add({c.source, c.calling_ae, c.peer, c.first_seen_at, c.last_seen_at, c.associations, c.refused_associations,
              c.instances, c.refused_instances, c.size_bytes, c.last_refused_at, db::text_or_null(c.last_refusal)});
  }
  TRY(write_all(transaction, "callers",
                "insert into callers(source, calling_ae, peer, first_seen_at, last_seen_at, associations, "
                "refused_associations, instances, refused_instances, size_bytes, last_refused_at, last_refusal) "
                "select source, calling_ae, peer, first_seen_at, last_seen_at, associations, "
                "refused_associations, instances, refused_instances, size_bytes, last_refused_at, last_refusal "
                "from batch where true "
                "on conflict(source, calling_ae) do update set peer = excluded.peer, "
                "last_seen_at = case when excluded.last_seen_at > callers.last_seen_at then "
                "excluded.last_seen_at else callers.last_seen_at end, "
                "associations = callers.associations + excluded.associations, "
                "refused_associations = callers.refused_associations + excluded.refused_associations, "
                "instances = callers.instances + excluded.instances, "
                "refused_instances = callers.refused_instances + excluded.refused_instances, "
                "size_bytes = callers.size_bytes + excluded.size_bytes, "
                "last_refused_at = case when excluded.last_refused_at > callers.last_refused_at then "
                "excluded.last_refused_at else callers.last_refused_at end, "
                "last_refusal = coalesce(excluded.last_refusal, callers.last_refusal)",
                rows));
  return {};
}

constexpr std::string_view remove_associations = "delete from associations where id = {any id}";

}  // namespace

std::string_view name(AssociationOutcome outcome) {
  switch (outcome) {
    case AssociationOutcome::rejected:
      return "rejected";
    case AssociationOutcome::aborted:
      return "aborted";
    case AssociationOutcome::broken:
      return "broken";
    case AssociationOutcome::partial:
      return "partial";
  }
  return "broken";
}

Result<> note_associations(db::Database& database, std::span<const Association> ended,
                           std::span<const Caller> callers) {
  return database.write([&](db::Transaction& transaction) -> Result<> {
    TRY(insert(transaction, ended));
    return add(transaction, callers);
  });
}

Result<std::vector<Caller>> callers(db::Database& database, const CallerKey& after, std::size_t limit) {
  const std::string sql = std::string("select ")
                              .append(caller_columns)
                              .append(
                                  " from callers where (source, calling_ae) > ($1, $2) "
                                  "order by source, calling_ae limit $3");
  std::vector<Caller> found;
  const db::Rows rows = TRY(database.read(sql, {after.source, after.calling_ae, static_cast<std::int64_t>(limit)}));
  for (const db::Row& row : rows) found.push_back(caller_of(row));
  return found;
}

Result<std::optional<Caller>> caller(db::Database& database, const CallerKey& key) {
  const std::string sql =
      std::string("select ").append(caller_columns).append(" from callers where source = $1 and calling_ae = $2");
  const db::Rows rows = TRY(database.read(sql, {key.source, key.calling_ae}));
  if (rows.empty()) return std::nullopt;
  return caller_of(rows.at(0));
}

Result<std::vector<Association>> associations(db::Database& database, const AssociationFilter& filter) {
  const std::int64_t before = filter.before_id == 0 ? std::numeric_limits<std::int64_t>::max() : filter.before_id;
  Conditions where{"true", {}};
  std::string order = "id desc";
  if (filter.calling_ae.empty()) {
    where.also("id <", before);
  } else {
    order = where.also_only(database.engine(), "calling_ae", filter.calling_ae, "id", before, Walk::backward);
  }
  const std::string sql = format("select {} from associations where {} order by {}{}", association_columns, where.sql,
                                 order, where.limit(filter.limit));
  std::vector<Association> found;
  const db::Rows rows = TRY(database.read(sql, where.parameters));
  for (const db::Row& row : rows) found.push_back(association_of(row));
  return found;
}

OldRows ended_associations(const AssociationRetention& keep) {
  return {.what = "association",
          .table = "associations",
          .key = {{"ended_at", Type::integer}, {"id", Type::integer}},
          .find =
              "select ended_at, id from associations where ended_at >= $2 and (ended_at > $2 or id > $3) and "
              "ended_at < $4 order by ended_at, id limit $1",
          .lock = "select ended_at, id from associations where id = {any id} {skip_locked}",
          .remove = remove_associations,
          .parameters = {keep.before}};
}

OldRows surplus_associations(const AssociationRetention& keep) {
  return {.what = "association",
          .table = "associations",
          .key = {{"id", Type::integer}},
          .find =
              "select id from associations where id > $2 and id <= (select max(id) from associations) - $3 "
              "order by id limit $1",
          .lock = "select id from associations where id = {any id} {skip_locked}",
          .remove = remove_associations,
          .parameters = {keep.associations_max}};
}

// A caller that was seen again meanwhile, or had something kept, is not the one that was found.
OldRows old_strangers(const AssociationRetention& keep) {
  return {.what = "caller",
          .table = "callers",
          .key = {{"source", Type::text}, {"calling_ae", Type::text}, {"last_seen_at", Type::integer}},
          .find =
              "select source, calling_ae, last_seen_at from callers where "
              "(source, calling_ae, last_seen_at) > ($2, $3, $4) and instances = 0 and (last_seen_at < $5 or "
              "last_seen_at < coalesce((select last_seen_at from callers where instances = 0 "
              "order by last_seen_at desc limit 1 offset $6), 0)) order by source, calling_ae, last_seen_at "
              "limit $1",
          .lock =
              "select c.source, c.calling_ae, c.last_seen_at from callers c join batch b on b.source = c.source and "
              "b.calling_ae = c.calling_ae and b.last_seen_at = c.last_seen_at where c.instances = 0 {skip_locked}",
          .remove = "delete from callers where (source, calling_ae) in (select source, calling_ae from batch)",
          .parameters = {keep.before, std::max<std::int64_t>(keep.strangers_max - 1, 0)}};
}

}  // namespace dmw::catalog
