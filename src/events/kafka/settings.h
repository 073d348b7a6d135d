// The librdkafka properties of our producer. Included by .cc files of this folder only.
#pragma once

#include <memory>

#include <librdkafka/rdkafka.h>

#include "base/result.h"
#include "events/kafka/kafka_sink.h"

namespace dmw::events::kafka {

struct DestroyConf {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, DestroyConf>;

/// Errors: invalid (librdkafka's sentence; a property of `extra` that the order of events depends on).
Result<Conf> settings(const Options& options);

}  // namespace dmw::events::kafka
