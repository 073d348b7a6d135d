#include "catalog/old_rows.h"

#include <limits>
#include <span>
#include <utility>

#include "base/format.h"
#include "catalog/writes.h"
#include "db/halving.h"

namespace dmw::catalog {
namespace {

db::Values key_of(const OldRows& old, const db::Row& row) {
  db::Values key;
  for (std::size_t n = 0; n < old.key.size(); ++n) {
    if (old.key[n].type == db::Type::integer)
      key.emplace_back(row.integer(n));
    else
      key.emplace_back(row.text(n));
  }
  return key;
}

/// Before every other.
db::Values least_key(const OldRows& old) {
  db::Values key;
  for (const db::Batch::Column& column : old.key) {
    if (column.type == db::Type::integer)
      key.emplace_back(std::numeric_limits<std::int64_t>::min());
    else
      key.emplace_back(std::string());
  }
  return key;
}

std::string words_of(const OldRows& old, const db::Values& key) {
  std::string text(old.what);
  for (const db::Value& value : key) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) text += format(" {}", *number);
    if (const auto* word = std::get_if<std::string>(&value)) text += format(" {}", *word);
  }
  return text;
}

/// The deletion of some keys, as far as it has come.
class Deletion {
 public:
  Deletion(db::Database& database, const OldRows& old) : database_(database), old_(old) {}

  /// False when too many were refused: the rest is not tried.
  Result<bool> remove(std::span<const db::Values> keys) {
    const db::Halved done = TRY(db::in_halves(
        keys, [this](std::span<const db::Values> some) { return remove_together(some); },
        [this](const db::Values& key, const Error& why) -> Result<bool> {
          if (!why_) why_ = during(why, "the removal of " + words_of(old_, key)).error();
          return ++refused_ < db::refused_most;
        }));
    if (done.tried > 0) last_ = keys[done.tried - 1];
    return !done.ended;
  }

  std::int64_t rows() const { return rows_; }
  const std::optional<Error>& why() const { return why_; }
  const db::Values& last() const { return last_; }

 private:
  Result<> remove_together(std::span<const db::Values> keys) {
    db::Batch batch(old_.key);
    for (const db::Values& key : keys) batch.add(key);
    const Result<std::int64_t> gone = database_.write([&](db::Transaction& t) -> Result<std::int64_t> {
      db::Batch locked(old_.key);
      for (const db::Row& row : TRY(t.bulk(old_.lock, batch))) locked.add(key_of(old_, row));
      return static_cast<std::int64_t>(TRY(write_all(t, old_.table, old_.remove, locked)).size());
    });
    rows_ += TRY(gone);
    return {};
  }

  db::Database& database_;
  const OldRows& old_;
  std::int64_t rows_ = 0;
  std::size_t refused_ = 0;
  std::optional<Error> why_;  // of the first that was refused
  db::Values last_;           // that was tried
};

}  // namespace

Result<Forgotten> Forgetting::pass(db::Database& database, const OldRows& old, std::size_t limit) {
  db::Values parameters{static_cast<std::int64_t>(limit)};
  for (const db::Value& value : after_.empty() ? least_key(old) : after_) parameters.push_back(value);
  parameters.insert(parameters.end(), old.parameters.begin(), old.parameters.end());
  std::vector<db::Values> keys;
  for (const db::Row& row : TRY(database.read(old.find, parameters))) keys.push_back(key_of(old, row));
  Deletion deletion(database, old);
  const bool tried_all = TRY(deletion.remove(keys));
  if (!first_why_) first_why_ = deletion.why();
  Forgotten done{.rows = deletion.rows(), .more = tried_all && keys.size() == limit};
  if (!done.more) done.why = first_why_;
  const bool is_through = tried_all && keys.size() < limit;
  after_ = is_through ? db::Values() : deletion.last();
  if (is_through) first_why_.reset();
  return done;
}

}  // namespace dmw::catalog
