#include "catalog/recording/series_changes.h"

#include "catalog/writes.h"

namespace dmw::catalog {

using db::Type;

void SeriesChanges::add(std::int64_t series_id, std::uint64_t bytes) {
  Change& change = changes_[series_id];
  ++change.instances;
  change.bytes += static_cast<std::int64_t>(bytes);
}

void SeriesChanges::remove(std::int64_t series_id, std::uint64_t bytes) {
  Change& change = changes_[series_id];
  --change.instances;
  change.bytes -= static_cast<std::int64_t>(bytes);
}

SeriesChanges::Change SeriesChanges::take(std::int64_t series_id) {
  const auto found = changes_.extract(series_id);
  return found.empty() ? Change() : found.mapped();
}

Result<std::map<std::int64_t, std::int64_t>> SeriesChanges::write(db::Transaction& transaction) const {
  std::map<std::int64_t, std::int64_t> more;
  db::Batch rows({{"series_id", Type::integer},
                  {"added", Type::integer},
                  {"bytes", Type::integer},
                  {"more_flags", Type::integer}});
  for (const auto& [id, change] : changes_) {
    rows.add({id, change.instances, change.bytes, static_cast<std::int64_t>(change.flags.bits())});
  }
  const db::Rows written = TRY(write_all(
      transaction, "series",
      "update series set instance_count = instance_count + b.added, size_bytes = size_bytes + b.bytes, "
      "flags = flags | b.more_flags from batch b where series.id = b.series_id returning id, study_id, instance_count",
      rows));
  for (const db::Row& row : written) {
    const std::int64_t after = row.integer(2);
    const std::int64_t before = after - changes_.at(row.integer(0)).instances;
    more[row.integer(1)] += (after > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
  }
  return more;
}

}  // namespace dmw::catalog
