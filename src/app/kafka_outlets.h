// The Kafka clusters as outlets: the one of KAFKA_*, and one per section `[kafka.NAME]`.
#pragma once

#include <string>
#include <vector>

#include "app/outlets.h"
#include "base/result.h"
#include "config/settings.h"
#include "events/kafka/kafka_sink.h"

namespace dmw::app {

std::vector<OutletPlan> kafka_outlets(const config::Settings& settings);
events::kafka::Options kafka_options(const config::Kafka& kafka);
/// The name of its sink of studies: `kafka`, or `kafka.NAME`.
std::string sink_name(const config::Kafka& kafka);
/// The name of its part: `broker`, or `broker.NAME`.
std::string part_name(const config::Kafka& kafka);
/// Problems of the settings that only librdkafka and the file system can find, a sentence each.
std::vector<std::string> kafka_problems(const config::Kafka& kafka);

}  // namespace dmw::app
