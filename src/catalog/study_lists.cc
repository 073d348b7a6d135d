// Lists of studies. Each is read page by page, in the order of an index that fits its filters, so the cost depends on
// the page and not on the number of studies.
#include <array>
#include <chrono>
#include <limits>

#include "base/format.h"
#include "catalog/conditions.h"
#include "catalog/rows.h"
#include "catalog/studies.h"

namespace dmw::catalog {
namespace {

/// If the order has a number before the id, the cursor contains both: `number * ids_max + id`.
constexpr std::int64_t ids_max = 100'000'000'000;

enum class Order { id, hour_of_change, study_day };

Order order_of(const StudyFilter& filter) {
  if (filter.updated_since) return Order::hour_of_change;
  return filter.first_day.empty() && filter.last_day.empty() ? Order::id : Order::study_day;
}

/// The value of the column updated_hour.
std::int64_t hour_of(MicrosUtc time) {
  return time / std::chrono::microseconds(std::chrono::hours(1)).count();
}

/// The source of a list in SQL, and its order.
struct Listing {
  std::string from = "studies s";
  std::string order;
};

constexpr std::string_view has_series = "exists (select 1 from series m where m.study_id = s.id and m.modality =";
/// Selects each study once, even if it has several such series.
constexpr std::string_view first_such_series =
    " and not exists (select 1 from series o where o.modality = m.modality and o.study_id = m.study_id and o.id < "
    "m.id)";

/// The newest change first, by the hour: see the index studies_updated.
Listing by_change(Conditions& where, const StudyFilter& filter) {
  where.also("s.updated_hour >=", hour_of(*filter.updated_since));
  where.also("s.updated_at >=", *filter.updated_since);
  if (filter.cursor != 0)
    where.also_behind("s.updated_hour", filter.cursor / ids_max, "s.id", filter.cursor % ids_max, Walk::backward);
  return {.order = "s.updated_hour desc, s.id desc"};
}

/// The newest study date first.
Listing by_day(Conditions& where, const StudyFilter& filter) {
  if (filter.cursor != 0)
    where.also_behind("s.study_day", iso_day_of(filter.cursor / ids_max), "s.id", filter.cursor % ids_max,
                      Walk::backward);
  return {.order = "s.study_day desc, s.id desc"};
}

/// An upper bound for the different combinations of flags in a catalog.
constexpr std::size_t combinations_max = 256;

/// The combinations of flags that occur, found with one index lookup per combination.
Result<std::vector<std::int64_t>> combinations(db::Database& database) {
  std::vector<std::int64_t> found;
  const db::Rows rows =
      TRY(database.read("with recursive w(bits) as (select (select min(flags) from studies where flags <> 0) union all "
                        "select (select min(flags) from studies where flags <> 0 and flags > w.bits) from w "
                        "where w.bits is not null) select bits from w where bits is not null limit $1",
                        {static_cast<std::int64_t>(combinations_max + 1)}));
  for (const db::Row& row : rows) found.push_back(row.integer(0));
  return found;
}

/// For each combination that includes all these flags its newest studies, merged newest first. Without an order if
/// there is no such combination.
Listing by_flags(db::Engine engine, Conditions& where, const StudyFilter& filter, std::int64_t before,
                 const std::vector<std::int64_t>& combinations) {
  const auto wanted = static_cast<std::int64_t>(filter.flags.bits());
  std::string each;
  for (const std::int64_t bits : combinations) {
    if ((bits & wanted) != wanted) continue;
    Conditions one{"flags <> 0", std::move(where.parameters)};
    const std::string order = one.also_only(engine, "flags", bits, "id", before, Walk::backward);
    const std::string newest =
        format("select id from studies where {} order by {}{}", one.sql, order, one.limit(filter.limit));
    each += format("{}select id from ({}) c{}", each.empty() ? "" : " union all ", newest, bits);
    where.parameters = std::move(one.parameters);
  }
  if (each.empty()) return {};
  return {.from = format("({}) f join studies s on s.id = f.id", each), .order = "s.id desc"};
}

}  // namespace

std::int64_t next_cursor(const StudyFilter& filter, const StudyRow& last) {
  switch (order_of(filter)) {
    case Order::hour_of_change:
      return hour_of(last.updated_at) * ids_max + last.id;
    case Order::study_day:
      return number_of_day(last.study_day) * ids_max + last.id;
    case Order::id:
      break;
  }
  return last.id;
}

Result<std::vector<StudyRow>> Studies::list(const StudyFilter& filter) {
  Conditions where{"s.erased_at is null", {}};
  const Order order = order_of(filter);
  Listing listing;
  if (order == Order::hour_of_change) listing = by_change(where, filter);
  if (order == Order::study_day) listing = by_day(where, filter);
  // The first of these filters that is set determines the order, if nothing else does. They are sorted by how few
  // studies they match.
  const std::array<std::pair<std::string_view, const std::string&>, 5> equal = {
      {{"s.patient_id", filter.patient_id},
       {"s.accession_number", filter.accession_number},
       {"m.modality", filter.modality},
       {"s.calling_ae", filter.calling_ae},
       {"s.source", filter.source}}};
  const std::int64_t before = filter.cursor == 0 ? std::numeric_limits<std::int64_t>::max() : filter.cursor;
  for (const auto& [column, value] : equal) {
    if (value.empty()) continue;
    const bool of_series = column == "m.modality";
    const bool leads = listing.order.empty();
    if (leads) {
      if (of_series) listing.from = "series m join studies s on s.id = m.study_id";
      listing.order =
          where.also_only(database_.engine(), column, value, of_series ? "m.study_id" : "s.id", before, Walk::backward);
      if (of_series) where.sql += first_such_series;
    } else if (of_series) {
      where.also(has_series, value, ")");
    } else {
      where.also_equal(column, value);
    }
  }
  if (listing.order.empty() && filter.flags.bits() != 0) {
    const std::vector<std::int64_t> known = TRY(combinations(database_));
    if (known.size() <= combinations_max) {
      listing = by_flags(database_.engine(), where, filter, before, known);
      if (listing.order.empty()) return std::vector<StudyRow>();
    }
  }
  if (listing.order.empty()) {
    where.also("s.id <", before);
    listing.order = "s.id desc";
  }
  if (!filter.first_day.empty()) where.also("s.study_day >=", filter.first_day);
  if (!filter.last_day.empty()) where.also("s.study_day <=", filter.last_day);
  if (filter.flags.bits() != 0) {
    where.sql += " and s.flags <> 0";
    where.also_flags("s.flags", filter.flags);
  }
  const std::string end = " order by " + listing.order + where.limit(filter.limit);
  return select(listing.from, where.sql + end, std::move(where.parameters));
}

}  // namespace dmw::catalog
