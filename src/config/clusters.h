// The sections `[kafka.NAME]` of dicom-middleware.toml: further Kafka clusters beside that of KAFKA_*. Their keys are
// the names of these settings without KAFKA_, in lower case, and a few of their own.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/setting_names.h"
#include "config/load.h"
#include "config/setting.h"

namespace dmw::config {

/// How long a cluster of best effort is waited for when its section does not say.
inline constexpr std::chrono::hours give_up_default{1};

/// Reads what the sections say into `into`: each setting of each cluster is among its values (`kafka.archive.topic`).
/// Returns what is wrong, a sentence each.
std::vector<std::string> read_clusters(const std::vector<SectionEntry>& entries, Loaded& into);

/// Where events are published: that of KAFKA_* first, then by the names of their sections.
std::vector<const Kafka*> clusters(const Settings& settings);
/// The one of a section (empty: that of KAFKA_*); null: there is none.
const Kafka* cluster(const Settings& settings, std::string_view section);
/// The names of its settings as people write them: `KAFKA_TOPIC`, `kafka.archive.topic`.
SettingNames setting_names(const Kafka& cluster);
/// One of them. `key` in lower case.
std::string setting_name(const Kafka& cluster, std::string_view key);

/// The keys that only sections have, for the documentation.
std::span<const Setting> cluster_rows();

/// A value of a section, found by the name that it is shown with.
struct ClusterValue {
  std::string section;
  const Setting* row = nullptr;  ///< of its key: that of KAFKA_*, or one of cluster_rows()
};
std::optional<ClusterValue> find_cluster_value(std::string_view shown_name);
/// The row that says what a shown value may be and whether it is secret; null for a section about settling.
const Setting* row_of(std::string_view shown_name);
/// Reads checked text into the cluster of a section that is there. Errors: invalid.
Result<> assign(const ClusterValue& value, std::string_view text, Settings& into);

}  // namespace dmw::config
