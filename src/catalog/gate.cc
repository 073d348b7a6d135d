#include "catalog/gate.h"

#include <chrono>
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "base/words.h"

namespace dmw::catalog {
namespace {

Error shut(std::string reason) {
  return Error{Errc::unavailable, std::move(reason), {}};
}

}  // namespace

Gate::Gate(std::unique_ptr<db::Database> database, Bind bind) : database_(std::move(database)), bind_(std::move(bind)) {
  state_.reason = "the catalog is not open yet: the database has not answered, or another process has locked it";
}

Result<> Gate::admit() const {
  const std::scoped_lock lock(mutex_);
  if (state_.open) return {};
  return std::unexpected(shut(state_.reason));
}

Gate::State Gate::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

std::optional<SchemaState> Gate::schema() const {
  const std::scoped_lock lock(mutex_);
  return schema_;
}

Uuid Gate::catalog_id() const {
  const std::scoped_lock lock(mutex_);
  ASSERT(schema_.has_value());
  return schema_->catalog_id;
}

Result<std::unique_ptr<db::Transaction>> Gate::begin(db::Access access) {
  TRY(admit());
  return database_->begin(access);
}

Result<> Gate::exclusively(std::string_view name, const std::function<Result<>()>& act) {
  TRY(admit());
  return database_->exclusively(name, act);
}

Result<> Gate::probe() {
  if (const std::optional<SchemaState> opened = schema()) {
    if (const Result<> answered = database_->probe(); !answered) return away(answered.error());
    const Result<> same = compare(*opened);
    if (!same && same.error().code != Errc::conflict) return away(same.error());
    return become(same.has_value(), same ? Error() : same.error());
  }
  const std::unique_lock<std::mutex> one(opening_, std::try_to_lock);
  if (!one.owns_lock()) return admit();
  const Result<SchemaState> opened = open();
  if (!opened && opened.error().code == Errc::cancelled) return std::unexpected(opened.error());
  if (opened) {
    const std::scoped_lock lock(mutex_);
    schema_ = *opened;
  }
  return become(opened.has_value(), opened ? Error() : opened.error());
}

Result<SchemaState> Gate::open() {
  if (schema()) return *schema();  // another thread was here before
  SchemaState state = TRY(migrate(*database_));
  TRY(bind_(*database_, state));
  return state;
}

Result<> Gate::compare(const SchemaState& opened) {
  const Result<db::Rows> rows = database_->read(
      "select (select max(version) from dmw_schema), (select value from catalog_info where key = 'catalog_id')");
  if (!rows) {
    if (rows.error().code != Errc::internal && rows.error().code != Errc::refused) return std::unexpected(rows.error());
    return fail(Errc::conflict,
                format("the tables of the catalog can no longer be read ({}): restore them, or restart this program",
                       rows.error().message()));
  }
  const std::int64_t schema = rows->at(0).integer(0);
  if (schema > newest_schema()) return newer_schema(static_cast<int>(schema));
  if (rows->at(0).text(1) != opened.catalog_id.text()) {
    return fail(
        Errc::conflict,
        format(
            "the database is no longer the catalog that was opened ({}): correct DATABASE_URL, or restore the database",
            opened.catalog_id.text()));
  }
  return {};
}

Result<> Gate::become(bool open, const Error& why) {
  const std::scoped_lock lock(mutex_);
  const bool is_first = !state_.open && open && !std::exchange(was_open_, true);
  const bool was_open = std::exchange(state_.open, open);
  state_.asked = true;
  state_.reason = open ? "" : why.message();
  if (open) {
    if (!was_open || away_since_) tell_end(is_first);
    return {};
  }
  // Where it is not that of our store, a start ends: what the program does then is told by who decides it.
  tell_trouble(state_.reason, why.code == Errc::conflict);
  return std::unexpected(shut(state_.reason));
}

std::unexpected<Error> Gate::away(const Error& why) {
  const std::scoped_lock lock(mutex_);
  if (why.code != Errc::cancelled) tell_trouble(why.message(), false);
  return std::unexpected(why);
}

void Gate::tell_trouble(const std::string& reason, bool is_refused) {
  if (!away_since_) away_since_ = SystemClock().monotonic();
  if (!told_.is_new(reason)) return;
  log::warning(
      is_refused ? "catalog_refused" : "catalog_away",
      is_refused ? reason : reason + "; trying again every second; received files are kept while the inbox has space");
}

void Gate::tell_end(bool is_first) {
  const auto lasted = std::chrono::floor<std::chrono::seconds>(SystemClock().monotonic() -
                                                               away_since_.value_or(SystemClock().monotonic()));
  const std::string back = told_.empty() ? "" : "back after " + in_words(lasted);
  if (is_first)
    log::info("catalog_open", format("schema {}{}{}", schema_->schema, back.empty() ? "" : "; ", back));
  else
    log::info({"catalog_back", "catalog"}, back, {{"away_seconds", lasted.count()}});
  told_.clear();
  away_since_.reset();
}

}  // namespace dmw::catalog
