// The watches of the catalog and the store: they only probe them, so that /ready can report their trouble itself, not
// only the waiting work. They also measure the free bytes of their volumes.
#pragma once

#include <functional>
#include <string>

#include "app/foundation.h"
#include "lane/worker.h"
#include "part/part.h"

namespace dmw::app {

/// The state of a part with a probing worker. If there is no answer for 5 s, it counts as hanging. `asked`: name and
/// address of the server, for people.
PartState watched(const std::string& name, const std::string& asked, const lane::Worker::State& watch, MicrosUtc now);

class CatalogWatch : public Part {
 public:
  /// `look` is called on the watch's thread after each successful probe of the catalog. `ground` outlives the watch.
  CatalogWatch(Foundation& ground, std::function<Result<>()> look);

  Result<> start() override;
  void stop(std::chrono::milliseconds patience) override;
  /// The reason of the gate while the catalog has not been opened.
  PartState state() const override;
  /// The gate logs the state of the catalog.
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
