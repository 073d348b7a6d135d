#include "inbox/stock.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace dmw::inbox {
namespace {

constexpr std::size_t stock_page_items = 4096;

struct Rows {
  std::unordered_map<std::string, ItemSummary> by_file;
  std::unordered_set<std::string> finished;    // stems
  std::unordered_set<std::string> unfinished;  // stems of such files
};

Result<Rows> rows_of(db::Database& database, Stock& stock) {
  Rows rows;
  std::int64_t last = 0;
  for (bool more = true; more;) {
    std::vector<ItemSummary> page = TRY(summaries_after(database, last, stock_page_items));
    more = page.size() == stock_page_items;
    for (ItemSummary& item : page) {
      ++stock.live[item.session];
      ++stock.items;
      stock.bytes += item.size_bytes;
      last = item.seq;
      std::string file = item.file;
      rows.by_file.emplace(std::move(file), std::move(item));
    }
  }
  for (std::string& stem : TRY(finished_stems(database))) rows.finished.insert(std::move(stem));
  return rows;
}

void sort_entry(SpoolEntry entry, Rows& rows, Stock& stock) {
  if (rows.by_file.erase(entry.name) > 0) return;
  const std::size_t slash = entry.name.find('/');
  const std::string_view file_name = std::string_view(entry.name).substr(slash + 1);
  if (is_unfinished(file_name)) rows.unfinished.emplace(stem_of(entry.name));
  // The second name of a file, from an earlier version. It may be removed: the first name exists while it is needed.
  const bool second_name = is_second_name(file_name);
  if (!entry.is_file || slash == std::string::npos)
    stock.strange.push_back(std::move(entry));
  else if (is_unfinished(file_name) || second_name || rows.finished.contains(std::string(stem_of(entry.name))))
    stock.leavings.push_back(std::move(entry));
  else
    (parse_spool_name(file_name) ? stock.without_row : stock.strange).push_back(std::move(entry));
}

}  // namespace

Result<Stock> take_stock(db::Database* database, const std::filesystem::path& spool) {
  Stock stock;
  Rows rows;
  if (database != nullptr) rows = TRY(rows_of(*database, stock));
  for (SpoolEntry& entry : TRY(entries_of_spool(spool))) sort_entry(std::move(entry), rows, stock);
  for (auto& [file, item] : rows.by_file) {
    const bool was_kept = !rows.unfinished.contains(std::string(stem_of(file)));
    (was_kept ? stock.without_file : stock.never_kept).push_back(std::move(item));
  }
  std::ranges::sort(stock.without_row, {},
                    [](const SpoolEntry& entry) { return std::pair(entry.written_at, std::string_view(entry.name)); });
  return stock;
}

}  // namespace dmw::inbox
