#include "app/foundation.h"

#include <chrono>
#include <filesystem>

#include "app/backends.h"
#include "app/housekeeping.h"
#include "app/outlets.h"
#include "care/adoption.h"
#include "care/belonging.h"
#include "catalog/recording.h"
#include "dicom/dictionary.h"
#include "dicom/part10.h"
#include "sources/dimse/meta_header.h"

namespace dmw::app {

Result<std::unique_ptr<Foundation>> Foundation::open(const config::Settings& settings, bool adopt_store) {
  std::unique_ptr<Foundation> opened(new Foundation(settings));
  TRY(opened->open_all(adopt_store));
  return opened;
}

Result<> Foundation::open_all(bool adopt_store) {
  read_.limit_bytes = settings_.inbox.header_limit_bytes;
  read_.series_tags = TRY(dicom::tags_of(settings_.catalog.attributes));
  TRY(open_store_if_known());
  catalog_ = std::make_unique<catalog::Gate>(
      TRY(open_database(settings_)), [this, adopt_store](db::Database& opened, const catalog::SchemaState& schema) {
        return bind(opened, schema, adopt_store);
      });
  clock_trust_.emplace(*catalog_, clock_);
  inbox_ = TRY(inbox::Inbox::open({.directory = settings_.inbox.path,
                                   .limit_bytes = settings_.inbox.limit_bytes,
                                   .reserve_bytes = settings_.inbox.disk_reserve_bytes,
                                   .locate = dicom::dataset_offset,
                                   .calling_ae_of = sources::source_ae_in},
                                  clock_));
  return {};
}

/// If there is no store, the catalog knows whether one must exist: then its volume is not mounted, and no new store is
/// created. If the catalog does not answer within a moment, the intakes start without the store, and the decision is
/// made when the catalog is back.
Result<> Foundation::open_store_if_known() {
  store_.emplace([this](const std::string& expected_id) { return open_store(settings_, expected_id); },
                 "there is no store in STORAGE_PATH, and the catalog, which knows whether one must exist, has not "
                 "answered yet: no store is created until it answers");
  const Result<std::unique_ptr<store::ObjectStore>> there = open_store_to_look(settings_);
  if (there || there.error().code != Errc::not_found) return store_->open("");
  const Result<catalog::CatalogStanding> standing = ask_catalog();
  return standing ? store_->open(standing->store_id.value_or("")) : Result<>();
}

/// Reads the standing of the catalog with a short timeout. A missing SQLite file counts as a new catalog.
Result<catalog::CatalogStanding> Foundation::ask_catalog() const {
  constexpr std::chrono::seconds moment{1};
  const config::DatabaseUrl& url = settings_.catalog.database;
  std::error_code untold;
  if (url.kind == config::DatabaseUrl::Kind::sqlite && !std::filesystem::exists(url.path, untold) && !untold)
    return catalog::CatalogStanding();
  const std::unique_ptr<db::Database> catalog = TRY(open_database_to_look(settings_));
  catalog->end_waits_at(clock_.monotonic() + moment);
  return catalog::read_standing(*catalog);
}

Result<> Foundation::bind(db::Database& opened, const catalog::SchemaState& schema, bool adopt_store) {
  if (!store_->is_open()) TRY(store_->open(TRY(catalog::read_standing(opened)).store_id.value_or("")));
  if (adopt_store) {
    catalog::Recorder adopting(opened, clock_, {});
    care::Adoption adoption({opened, *store_, adopting, clock_, read_, schema.catalog_id, settings_.erase.grace});
    TRY(adoption.run([this] { return stopping_.load(); }));
  }
  const Result<> bound = care::bind(opened, *store_);
  store_refused_ = !bound && bound.error().code == Errc::conflict;
  TRY(bound);
  // Before the first query of published studies.
  tell_retired(TRY(catalog::declare_sinks(opened, sinks_of(settings_), inbox_->replica_id())));
  return {};
}

CatalogId Foundation::catalog_id() {
  return CatalogId([this] { return catalog_->catalog_id(); });
}

std::optional<Error> Foundation::store_refused() const {
  if (!store_refused_) return std::nullopt;
  return Error{Errc::conflict, catalog_->state().reason, {}};
}

}  // namespace dmw::app
