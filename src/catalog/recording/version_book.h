// VersionBook: the known versions for the SOP Instance UIDs of one batch, and for each new instance whether it is the
// same, a variant, a replacement or a conflict.
#pragma once

#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/recording.h"
#include "catalog/recording/descriptions.h"
#include "catalog/recording/series_book.h"
#include "catalog/recording/study_book.h"

namespace dmw::catalog {

class VersionBook {
 public:
  /// `replaces`: the sources that hold one truth.
  VersionBook(db::Transaction& transaction, StudyBook& studies, SeriesBook& series,
              const std::set<std::string>& replaces)
      : transaction_(transaction), studies_(studies), series_(series), replaces_(replaces) {}

  Result<> find(std::span<const SpooledInstance> batch);
  /// One instance against everything that is known by now, this batch's earlier ones included.
  Recorded decide(const SpooledInstance& item);
  /// What those that were decided met and a person should know.
  std::vector<Doubt> doubts() const;
  Result<> write();

 private:
  /// A version as far as a newcomer with its SOP Instance UID has to know it.
  struct Known {
    std::int64_t id = 0;  // 0: in this batch, not inserted yet
    std::int64_t study_id = 0;
    std::int64_t series_id = 0;
    Sha256Digest dataset{};
    std::string transfer_syntax{};
    int n = 1;
    bool current = true;
    std::uint64_t size_bytes = 0;
    Flags flags{};
  };
  /// A newcomer that is to be written; its place among the known ones, which move when there are more.
  struct Added {
    const SpooledInstance* item = nullptr;
    std::size_t known = 0;
    int revision = 1;
    Flags flags{};
  };
  /// What a newcomer meets.
  struct Met {
    Known* current = nullptr;
    int versions = 0;
    bool same_dataset = false;
    bool same_syntax = false;
    bool in_another_study = false;
  };

  Met meet(std::vector<Known>& versions, const StudyEntry& study, const SpooledInstance& item) const;
  std::set<std::int64_t> perhaps_corrected(std::span<const SpooledInstance> batch);
  bool may_take_over(const SpooledInstance& item) const;
  Recorded judge(const Met& met, const SpooledInstance& item) const;
  void demote(Known& current, StudyEntry& study);
  Result<> write_demotions();

  db::Transaction& transaction_;
  StudyBook& studies_;
  SeriesBook& series_;
  const std::set<std::string>& replaces_;
  std::unordered_map<std::string, std::vector<Known>> known_;  // by SOP Instance UID
  FirstInstances first_;
  std::vector<Added> added_;
  std::vector<std::int64_t> demoted_;
};

}  // namespace dmw::catalog
