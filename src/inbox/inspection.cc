#include "inbox/inspection.h"

#include <algorithm>
#include <optional>

#include "db/sqlite/sqlite.h"
#include "inbox/inbox_database.h"
#include "inbox/stock.h"

namespace dmw::inbox {
namespace {

namespace fs = std::filesystem;

std::uint64_t entries_in(const fs::path& directory) {
  std::uint64_t entries = 0;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) ++entries;
  return entries;
}

Inspection::Database found(Kinship kinship) {
  switch (kinship) {
    case Kinship::own:
      return Inspection::Database::own;
    case Kinship::missing:
      return Inspection::Database::missing;
    case Kinship::older:
      return Inspection::Database::older;
    case Kinship::foreign:
      return Inspection::Database::foreign;
  }
  return Inspection::Database::unreadable;
}

void count(const Stock& stock, Inspection& inspection) {
  inspection.rows = stock.items;
  inspection.without_row = stock.without_row.size();
  inspection.strange = stock.strange.size();
}

Result<> look(const fs::path& directory, Inspection& inspection) {
  const fs::path path = directory / "inbox.sqlite";
  const fs::path spool = directory / "spool";
  std::error_code untold;
  const bool has_spool = fs::exists(spool, untold);
  const std::optional<Identity> beside = TRY(read_identity(directory));
  if (!fs::exists(path, untold)) {
    if (has_spool) count(TRY(take_stock(nullptr, spool)), inspection);
    inspection.database =
        beside || inspection.without_row > 0 ? Inspection::Database::missing : Inspection::Database::none;
    return {};
  }
  const std::unique_ptr<db::Database> database = TRY(db::sqlite::open_to_look(path, if_inbox_damaged));
  const Kinship kinship = TRY(kinship_of(*database, beside));
  inspection.database = found(kinship);
  const bool is_ours = kinship == Kinship::own || kinship == Kinship::older;
  const bool has_rows = is_ours && !TRY(identity_in(*database)).id.empty();
  if (!has_spool) {
    if (has_rows) inspection.rows = static_cast<std::uint64_t>(TRY(summaries_after(*database, 0, 1)).size());
    if (inspection.rows > 0) inspection.database = Inspection::Database::without_spool;
    return {};
  }
  count(TRY(take_stock(has_rows ? database.get() : nullptr, spool)), inspection);
  return {};
}

}  // namespace

Inspection inspect(const fs::path& directory) {
  Inspection inspection;
  inspection.quarantined = entries_in(directory / "quarantine");
  const Result<> looked = look(directory, inspection);
  if (looked) return inspection;
  inspection.why = looked.error().message();
  inspection.database = looked.error().what.find(if_inbox_damaged) == std::string::npos
                            ? Inspection::Database::unreadable
                            : Inspection::Database::damaged;
  return inspection;
}

}  // namespace dmw::inbox
