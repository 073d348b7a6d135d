// Watches: they ask the catalog, the store and the inbox whether they are well, and do no work, so that /ready knows of
// each part what is wrong with it, and not only which work is not done. They measure the free bytes of each volume,
// too.
#pragma once

#include <functional>
#include <optional>

#include "app/foundation.h"
#include "app/intake_watch.h"
#include "lane/worker.h"

namespace dmw::app {

class Watches {
 public:
  /// `look_at_catalog` is called on the watch's thread after each answer of the catalog.
  Watches(Foundation& ground, std::function<Result<>()> look_at_catalog);

  void start();
  void stop();

  /// Any thread, as what follows. While the catalog has not been opened, the gate's reason.
  lane::Worker::State catalog() const;
  lane::Worker::State store() const { return store_.state(); }
  std::optional<IntakeWatch::Refusal> intake() { return intake_.refusal(); }

 private:
  const catalog::Gate& gate_;
  const MicrosUtc began_;
  Family<Gauge>& free_bytes_;
  lane::Worker catalog_;
  lane::Worker store_;
  IntakeWatch intake_;
};

}  // namespace dmw::app
