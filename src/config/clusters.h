// The Kafka clusters: that of KAFKA_*, and one for each section `[kafka.NAME]`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/setting_names.h"
#include "config/sections.h"

namespace dmw::config {

/// How long a cluster of best effort is waited for when its section does not say.
inline constexpr std::chrono::hours give_up_default{1};

extern const SectionKind cluster_sections;

/// Where events are published: that of KAFKA_* first, then by the names of their sections.
std::vector<const Kafka*> clusters(const Settings& settings);
/// The one of a section (empty: that of KAFKA_*); null: there is none.
const Kafka* cluster(const Settings& settings, std::string_view section);
/// The names of its settings as people write them: `KAFKA_TOPIC`, `kafka.archive.topic`.
SettingNames setting_names(const Kafka& cluster);
/// One of them. `key` in lower case.
std::string setting_name(const Kafka& cluster, std::string_view key);

}  // namespace dmw::config
