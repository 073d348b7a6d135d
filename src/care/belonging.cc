#include "care/belonging.h"

#include "base/format.h"
#include "catalog/standing.h"
#include "store/mark.h"
#include "store/shards.h"

namespace dmw::care {
namespace {

constexpr const char* adopt_advice =
    "or start once with `dicom-middleware serve --adopt-store`: it takes the objects of the store into this catalog, "
    "and "
    "revisions and event positions go on above those that were published";

Result<bool> has_keys(store::ObjectStore& store, const std::string& directory) {
  bool found = false;
  const Result<> listed = store.list(directory, [&](const ObjectKey&) -> Result<> {
    found = true;
    return fail(Errc::cancelled, "one is enough");
  });
  if (!listed && !found) return std::unexpected(listed.error());
  return found;
}

/// Why the catalog does not know all that the store does; empty: it does.
std::string overtaken_by(const store::Marks& marks, const Uuid& catalog_id, std::int64_t epoch,
                         const catalog::CatalogStanding& standing) {
  if (!marks.newest) return "";
  if (marks.newest->catalog_id != catalog_id) {
    return format("the store in STORAGE_PATH was used with another catalog since ({}; this one is {})",
                  marks.newest->catalog_id.text(), catalog_id.text());
  }
  if (standing.position < marks.position_max) {
    return format(
        "the catalog is older than the store in STORAGE_PATH: it ends at event position {}, and events up to {} "
        "were published, as after the restore of a backup",
        standing.position, marks.position_max);
  }
  if (standing.turn < marks.turn_max) {
    return format(
        "the catalog is older than the store in STORAGE_PATH: its counter is at {}, that of the store at {}, so "
        "studies were recorded or published after it, as after the restore of a backup",
        standing.turn, marks.turn_max);
  }
  if (epoch < marks.newest->epoch) {
    return format(
        "the catalog is older than the store in STORAGE_PATH: it knows {}, the store {}, as after the restore of "
        "a backup",
        counted(epoch, "change of the leader"), marks.newest->epoch);
  }
  return "";
}

BelongingFound found(Belonging kind, std::string why, std::string_view instead) {
  return {kind, std::move(why), format("{}, {}", instead, adopt_advice)};
}

}  // namespace

Result<bool> is_used(store::ObjectStore& store) {
  if (TRY(has_keys(store, "marks")) || TRY(has_keys(store, "dead-letters"))) return true;
  for (int shard = 0; shard < store::shard_count; ++shard) {
    if (TRY(has_keys(store, store::shard_directory(shard)))) return true;
  }
  return false;
}

Result<BelongingFound> look_at_belonging(db::Database* database, store::ObjectStore& store) {
  const auto read_standing = [&]() -> Result<catalog::CatalogStanding> {
    if (database == nullptr) return catalog::CatalogStanding();
    return catalog::read_standing(*database);
  };
  // The marks first: the catalog, read later, is never behind them, even if another process publishes in between.
  const store::Marks marks = TRY(store::read_marks(store));
  catalog::CatalogStanding standing = TRY(read_standing());
  const bool used = !standing.store_id && TRY(is_used(store));
  // Another process may have bound them between the two looks, and put objects then.
  if (used) standing = TRY(read_standing());
  if (standing.store_id && *standing.store_id != store.store_id()) {
    return BelongingFound{Belonging::foreign,
                          format("the catalog belongs to store {}, and STORAGE_PATH holds store {}", *standing.store_id,
                                 store.store_id()),
                          "set DATABASE_URL and STORAGE_PATH to the same installation"};
  }
  if (standing.adopting) {
    return BelongingFound{Belonging::unfinished, "the adoption of the store into this catalog is not complete",
                          "start with `dicom-middleware serve --adopt-store`: it continues where it stopped"};
  }
  if (!standing.store_id) {
    if (!used) return BelongingFound{Belonging::both_new, "", ""};
    return found(Belonging::catalog_new,
                 "the catalog in DATABASE_URL is empty, and the store in STORAGE_PATH has objects of another catalog",
                 "set DATABASE_URL to the catalog that belongs to the store, or restore it");
  }
  std::string why = overtaken_by(marks, standing.catalog_id.value_or(Uuid()), standing.settler_epoch, standing);
  if (why.empty()) return BelongingFound{Belonging::yes, "", ""};
  return found(Belonging::catalog_old, std::move(why), "set DATABASE_URL to the newest catalog of this store");
}

Result<> bind(db::Database& database, store::ObjectStore& store) {
  const BelongingFound look = TRY(look_at_belonging(&database, store));
  if (look.kind == Belonging::yes || look.kind == Belonging::both_new)
    return catalog::bind_store(database, store.store_id(), store.uri(""));
  return fail(Errc::conflict, look.why + ": " + look.advice);
}

Result<> may_lead(db::Database& database, store::ObjectStore& store, const Uuid& catalog_id, std::int64_t epoch) {
  const store::Marks marks = TRY(store::read_marks(store));
  const catalog::CatalogStanding standing = TRY(catalog::read_standing(database));
  // A new leader has a newer epoch than every mark, its own not yet being there.
  const std::string why = overtaken_by(marks, catalog_id, epoch - 1, standing);
  if (why.empty()) return {};
  return fail(Errc::conflict, why + ": nothing is published; stop serve and run `dicom-middleware doctor`");
}

}  // namespace dmw::care
