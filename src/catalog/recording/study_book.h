// StudyBook: the studies of one batch on their way through its transaction: locked, counted up, written.
#pragma once

#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "db/database.h"
#include "model/spooled_instance.h"

namespace dmw::catalog {

struct StudyEntry {
  std::int64_t id = 0;
  int open_revision = 1;  // the revision that will include instances recorded now
  int life = 0;           // the revision of its newest erasure; 0: it was never erased
  std::string patient_id;
  bool described = false;  // has the attributes of an instance
  bool is_new = false;     // its row is not there yet

  // Of this batch.
  const SpooledInstance* first = nullptr;
  const SpooledInstance* opened_by = nullptr;
  const SpooledInstance* newest = nullptr;     // that has something to tell
  const SpooledInstance* corrected = nullptr;  // another version of the instance that describes the study
  std::int64_t added = 0;
  std::int64_t bytes = 0;
  std::int64_t series_added = 0;
  MicrosUtc last_received_at = 0;
  Flags flags;
  bool changed = false;  // there is something to write

  /// Takes the patient of an instance; whether another one was named before.
  bool names_another_patient(const std::string& patient);
  /// Takes the patient, and everything else, of another version of the instance that describes it.
  void correct(const SpooledInstance& by);
};

class StudyBook {
 public:
  StudyBook(db::Transaction& transaction, std::span<const SpooledInstance> batch);

  /// Locks the studies in the order of their UIDs, so that two recorders cannot wait for each other; numbers those that
  /// are missing.
  Result<> lock();
  StudyEntry& of(const SpooledInstance& item) { return studies_.at(item.header->study_uid.get()); }
  StudyEntry& by_id(std::int64_t id) { return *by_id_.at(id); }
  const std::map<std::string, StudyEntry>& all() const { return studies_; }

  /// Changed counters and descriptions (Descriptions). A different value in a later instance is shown by its flags.
  /// Errors: retry (another recorder has made one of them meanwhile).
  Result<> write(MicrosUtc now);
  /// Those with something to tell become dirty: the session that opened the revision, the door that brought the newest.
  Result<> write_settling(MicrosUtc now);

 private:
  Result<> select();
  Result<> insert(MicrosUtc now);
  Result<> update(MicrosUtc now);
  Result<> write_corrections();

  db::Transaction& transaction_;
  std::map<std::string, StudyEntry> studies_;  // by UID: their locks are taken in this order
  std::unordered_map<std::int64_t, StudyEntry*> by_id_;
};

}  // namespace dmw::catalog
