#include "catalog/old_rows.h"

#include <limits>
#include <span>
#include <utility>

#include "base/format.h"

namespace dmw::catalog {
namespace {

/// So many that are refused end a pass: each is a transaction, and where all are refused nothing is won by more.
constexpr std::size_t refused_max = 32;

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
    if (keys.empty()) return true;
    db::Batch batch(old_.key);
    for (const db::Values& key : keys) batch.add(key);
    const Result<std::int64_t> gone = database_.write([&](db::Transaction& t) -> Result<std::int64_t> {
      return static_cast<std::int64_t>(TRY(t.bulk(old_.remove, batch)).size());
    });
    if (gone) {
      rows_ += *gone;
      last_ = keys.back();
      return true;
    }
    if (!db::may_be_of_rows(gone.error())) return std::unexpected(gone.error());
    if (keys.size() > 1) return TRY(remove(keys.first(keys.size() / 2))) && TRY(remove(keys.subspan(keys.size() / 2)));
    if (!why_) why_ = during(gone.error(), "the removal of " + words_of(old_, keys[0])).error();
    last_ = keys[0];
    return ++refused_ < refused_max;
  }

  std::int64_t rows() const { return rows_; }
  const std::optional<Error>& why() const { return why_; }
  const db::Values& last() const { return last_; }

 private:
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
