// The watches of the catalog and the store: they ask whether these are well, and do no work, so that /ready knows of
// each what is wrong with it, and not only which work is not done. They measure the free bytes of their volumes, too.
#pragma once

#include <functional>
#include <string>

#include "app/foundation.h"
#include "lane/worker.h"
#include "part/part.h"

namespace dmw::app {

/// The state of the part of this name whose worker does nothing but ask: one that does not answer for 5 s hangs.
/// `asked`: who is asked and where, for people.
PartState watched(const std::string& name, const std::string& asked, const lane::Worker::State& watch, MicrosUtc now);

class CatalogWatch : public Part {
 public:
  /// `look` is called on the watch's thread after each answer of the catalog. `ground` outlives the watch.
  CatalogWatch(Foundation& ground, std::function<Result<>()> look);

  Result<> start() override;
  void stop(std::chrono::milliseconds patience) override;
  /// While the catalog has not been opened, the gate's reason.
  PartState state() const override;
  /// The gate writes the lines about the catalog.
  std::optional<PartState> state_for_log() const override { return std::nullopt; }
  std::optional<PartSummary> summary(const SummaryOrder& order) const override;

 private:
  Foundation& ground_;
  const std::string asked_;
  const MicrosUtc began_;
  lane::Worker worker_;
};

class StoreWatch : public Part {
 public:
  explicit StoreWatch(Foundation& ground);

  Result<> start() override;
  void stop(std::chrono::milliseconds patience) override;
  PartState state() const override;
  std::optional<PartSummary> summary(const SummaryOrder& order) const override;

 private:
  Foundation& ground_;
  lane::Worker worker_;
};

}  // namespace dmw::app
