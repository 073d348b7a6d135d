// Foundation: everything that the rest of the program stands on: settings, clock, metrics, the store, the catalog and
// the inbox. It opens them, and decides whether store and catalog belong together.
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

/// Outlives everything that it is given to.
class Foundation {
 public:
  /// Opens store and inbox; the catalog opens at a probe, later. `adopt_store`: a catalog that does not know the
  /// objects of the store takes them in when it opens. Errors: as Gateway::open().
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

  /// Why the catalog, which has answered, is not that of the store, with what to do; nothing otherwise.
  std::optional<Error> store_refused() const;
  /// Ends an adoption that is under way.
  void end_adoption() { stopping_ = true; }

 private:
  explicit Foundation(const config::Settings& settings) : settings_(settings) {}
  Result<> open_all(bool adopt_store);
  Result<> open_store_if_known();
  Result<catalog::CatalogStanding> ask_catalog() const;
  Result<> bind(db::Database& opened, const catalog::SchemaState& schema, bool adopt_store);

  // In the order in which they stand on each other; destroyed from the last to the first.
  const config::Settings settings_;
  SystemClock clock_;
  Metrics metrics_;
  dicom::ReadOptions read_;
  std::optional<store::LateStore> store_;
  std::unique_ptr<catalog::Gate> catalog_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> store_refused_ = false;  // by the catalog, when it was opened last
  std::optional<catalog::ClockTrust> clock_trust_;
  std::unique_ptr<inbox::Inbox> inbox_;
};

}  // namespace dmw::app
