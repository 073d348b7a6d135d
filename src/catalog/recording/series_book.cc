#include "catalog/recording/series_book.h"

#include <algorithm>

#include "catalog/rows.h"

namespace dmw::catalog {

using db::Type;

Result<> SeriesBook::find(std::span<const SpooledInstance> batch) {
  db::Batch wanted({{"study_id", Type::integer},
                    {"series_uid", Type::text},
                    {"series_number", Type::integer},
                    {"modality", Type::text},
                    {"series_description", Type::text},
                    {"body_part", Type::text},
                    {"station", Type::text},
                    {"attributes", Type::json}});
  for (const SpooledInstance& item : batch) {
    const Attributes& a = *item.attributes;
    const std::int64_t study_id = studies_.of(item).id;
    if (!ids_.emplace(std::pair(study_id, a.series_uid.get()), 0).second) continue;
    wanted.add({study_id, a.series_uid.get(), db::value_or_null(a.series_number), column(a.modality),
                column(a.series_description.reveal()), column(a.body_part), column(a.station_name),
                a.series_attributes.empty() ? db::Value(db::Null{}) : db::Value(json::serialize(a.series_attributes))});
  }
  // A write only for what is new: most batches add to series that are there.
  take(
      TRY(transaction_.bulk("select s.id, s.study_id, s.series_uid from series s join batch b on "
                            "b.study_id = s.study_id and b.series_uid = s.series_uid",
                            wanted)));
  if (std::ranges::all_of(ids_, [](const auto& entry) { return entry.second != 0; })) return {};
  take(TRY(transaction_.bulk(
      "insert into series(study_id, series_uid, series_number, modality, series_description, body_part, station, "
      "attributes) "
      "select study_id, series_uid, series_number, modality, series_description, body_part, station, attributes "
      "from batch where true on conflict(study_id, series_uid) do nothing returning id, study_id, series_uid",
      wanted)));
  return {};
}

void SeriesBook::take(const db::Rows& rows) {
  for (const db::Row& row : rows) ids_.at({row.integer(1), row.text(2)}) = row.integer(0);
}

Result<> SeriesBook::write() {
  const std::map<std::int64_t, std::int64_t> more = TRY(changes_.write(transaction_));
  for (const auto& [study_id, series] : more) studies_.by_id(study_id).series_added += series;
  return {};
}

}  // namespace dmw::catalog
