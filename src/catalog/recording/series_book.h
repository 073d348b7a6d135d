// SeriesBook: the series of one batch, and what its instances change in these and in others that they leave.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>

#include "catalog/recording/descriptions.h"
#include "catalog/recording/series_changes.h"
#include "catalog/recording/study_book.h"

namespace dmw::catalog {

class SeriesBook {
 public:
  SeriesBook(db::Transaction& transaction, StudyBook& studies) : transaction_(transaction), studies_(studies) {}

  /// Finds the series of the batch; numbers those that are missing.
  Result<> find(std::span<const SpooledInstance> batch);
  std::int64_t id_of(std::int64_t study_id, const SeriesUid& uid) const { return series_.at({study_id, uid.get()}).id; }
  SeriesChanges& changes() { return changes_; }
  /// Another version of the instance that describes it is the current one.
  void correct(std::int64_t series_id, const Attributes& by) { corrected_[series_id] = &by; }

  /// Writes what changed, the new ones as their first instances describe them, and tells the studies how many of their
  /// series have instances. Before StudyBook::write.
  Result<> write();

 private:
  struct Entry {
    std::int64_t id = 0;
    const SpooledInstance* first = nullptr;  // of this batch
    bool is_new = false;                     // its row is not there yet
  };

  Result<> insert();

  db::Transaction& transaction_;
  StudyBook& studies_;
  std::map<std::pair<std::int64_t, std::string>, Entry> series_;  // by study id and UID
  SeriesChanges changes_;
  Descriptions corrected_;
};

}  // namespace dmw::catalog
