// Foundation: the objects that the rest of the program uses: settings, clock, metrics, store, catalog and inbox. It
// opens them, and decides whether store and catalog belong together.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "app/mapping.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "catalog/clock_trust.h"
#include "catalog/gate.h"
#include "catalog/standing.h"
#include "config/settings.h"
#include "dicom/read_attributes.h"
#include "inbox/inbox.h"
#include "store/late_store.h"

namespace dmw::app {

/// Must outlive everything that uses it.
class Foundation {
 public:
  /// Opens store and inbox; the catalog is opened later by a probe. `adopt_store`: when the catalog opens and does not
  /// know the objects of the store, they are added to it. Errors: as Gateway::open().
  static Result<std::unique_ptr<Foundation>> open(const config::Settings& settings, bool adopt_store);
  Foundation(const Foundation&) = delete;
  Foundation& operator=(const Foundation&) = delete;

  const config::Settings& settings() const { return settings_; }
  const Clock& clock() const { return clock_; }
  Metrics& metrics() { return metrics_; }
  const dicom::ReadOptions& read() const { return read_; }
  store::LateStore& store() { return *store_; }
  catalog::Gate& catalog() { return *catalog_; }
  catalog::ClockTrust& clock_trust() { return *clock_trust_; }
  inbox::Inbox& inbox() { return *inbox_; }
  CatalogId catalog_id();

  /// Why the opened catalog does not belong to the store, with what to do; nullopt if it belongs.
  std::optional<Error> store_refused() const;
  /// Stops a running adoption.
  void end_adoption() { stopping_ = true; }

 private:
  explicit Foundation(const config::Settings& settings) : settings_(settings) {}
  Result<> open_all(bool adopt_store);
  Result<> open_store_if_known();
  Result<catalog::CatalogStanding> ask_catalog() const;
  Result<> bind(db::Database& opened, const catalog::SchemaState& schema, bool adopt_store);

  // In the order of their dependencies; destroyed in reverse order.
  const config::Settings settings_;
  SystemClock clock_;
  Metrics metrics_;
  dicom::ReadOptions read_;
  std::optional<store::LateStore> store_;
  std::unique_ptr<catalog::Gate> catalog_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> store_refused_ = false;  // set if the catalog did not match at its last opening
  std::optional<catalog::ClockTrust> clock_trust_;
  std::unique_ptr<inbox::Inbox> inbox_;
};

}  // namespace dmw::app
