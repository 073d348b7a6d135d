#include "catalog/recording/series_book.h"

#include <algorithm>
#include <iterator>

#include "base/format.h"
#include "catalog/rows.h"
#include "catalog/writes.h"

namespace dmw::catalog {

using db::Type;

Result<> SeriesBook::find(std::span<const SpooledInstance> batch) {
  db::Batch wanted({{"of_study", Type::integer}, {"series_uid", Type::text}});
  for (const SpooledInstance& item : batch) {
    const StudyEntry& study = studies_.of(item);
    const std::string& uid = item.header->series_uid.get();
    const auto [entry, is_first] = series_.emplace(std::pair(study.id, uid), Entry{.first = &item});
    if (is_first && !study.is_new) wanted.add({study.id, uid});
  }
  const db::Rows rows =
      TRY(transaction_.bulk("select s.id, s.study_id, s.series_uid from series s join batch b on "
                            "b.of_study = s.study_id and b.series_uid = s.series_uid",
                            wanted));
  for (const db::Row& row : rows) series_.at({row.integer(1), row.text(2)}).id = row.integer(0);
  std::vector<Entry*> missing;
  for (auto& [key, entry] : series_) {
    if (entry.id == 0) missing.push_back(&entry);
  }
  const std::vector<std::int64_t> ids = TRY(transaction_.reserve_ids("series", missing.size()));
  for (std::size_t i = 0; i < missing.size(); ++i) {
    missing[i]->id = ids[i];
    missing[i]->is_new = true;
  }
  return {};
}

Result<> SeriesBook::write() {
  TRY(insert());
  TRY(overwrite_series(transaction_, corrected_));
  const std::map<std::int64_t, std::int64_t> more = TRY(changes_.write(transaction_));
  for (const auto& [study_id, series] : more) studies_.by_id(study_id).series_added += series;
  return {};
}

/// Their studies are locked or new, so no other transaction creates the same ones.
Result<> SeriesBook::insert() {
  std::vector<db::Batch::Column> columns = {{"id", Type::integer},      {"of_study", Type::integer},
                                            {"series_uid", Type::text}, {"instances", Type::integer},
                                            {"bytes", Type::integer},   {"begin_flags", Type::integer}};
  std::string described;
  for (const db::Batch::Column& column : series_columns()) {
    columns.push_back(column);
    described += format(", {}", column.name);
  }
  db::Batch rows(std::move(columns));
  for (const auto& [key, entry] : series_) {
    if (!entry.is_new) continue;
    const SeriesChanges::Change begin = changes_.take(entry.id);
    if (begin.instances > 0) ++studies_.by_id(key.first).series_added;
    db::Values row = {entry.id,        key.first,   key.second,
                      begin.instances, begin.bytes, static_cast<std::int64_t>(begin.flags.bits())};
    std::ranges::move(series_values(entry.first->header.attributes()), std::back_inserter(row));
    rows.add(std::move(row));
  }
  TRY(write_all(transaction_, "series",
                format("insert into series(id, study_id, series_uid, instance_count, size_bytes, flags{0}) "
                       "select id, of_study, series_uid, instances, bytes, begin_flags{0} from batch",
                       described),
                rows));
  return {};
}

}  // namespace dmw::catalog
