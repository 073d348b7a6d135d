#include "catalog/recording/series_book.h"

#include <algorithm>
#include <iterator>

#include "base/format.h"

namespace dmw::catalog {

using db::Type;

Result<> SeriesBook::find(std::span<const SpooledInstance> batch) {
  std::vector<db::Batch::Column> columns = {{"of_study", Type::integer}, {"series_uid", Type::text}};
  std::string described;
  for (const db::Batch::Column& column : series_columns()) {
    columns.push_back(column);
    described += format(", {}", column.name);
  }
  db::Batch wanted(std::move(columns));
  for (const SpooledInstance& item : batch) {
    const Attributes& a = *item.attributes;
    const std::int64_t study_id = studies_.of(item).id;
    if (!ids_.emplace(std::pair(study_id, a.series_uid.get()), 0).second) continue;
    db::Values row = {study_id, a.series_uid.get()};
    std::ranges::move(series_values(a), std::back_inserter(row));
    wanted.add(std::move(row));
  }
  // A write only for what is new: most batches add to series that are there.
  take(
      TRY(transaction_.bulk("select s.id, s.study_id, s.series_uid from series s join batch b on "
                            "b.of_study = s.study_id and b.series_uid = s.series_uid",
                            wanted)));
  if (std::ranges::all_of(ids_, [](const auto& entry) { return entry.second != 0; })) return {};
  take(TRY(
      transaction_.bulk(format("insert into series(study_id, series_uid{0}) select of_study, series_uid{0} from batch "
                               "where true on conflict(study_id, series_uid) do nothing returning id, study_id, "
                               "series_uid",
                               described),
                        wanted)));
  return {};
}

void SeriesBook::take(const db::Rows& rows) {
  for (const db::Row& row : rows) ids_.at({row.integer(1), row.text(2)}) = row.integer(0);
}

Result<> SeriesBook::write() {
  TRY(overwrite_series(transaction_, corrected_));
  const std::map<std::int64_t, std::int64_t> more = TRY(changes_.write(transaction_));
  for (const auto& [study_id, series] : more) studies_.by_id(study_id).series_added += series;
  return {};
}

}  // namespace dmw::catalog
