#include "config/clusters.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "config/values.h"

namespace dmw::config {
namespace {

constexpr std::int64_t kGiveUpLeast = 10'000;
constexpr std::int64_t kGiveUpMost = 30 * 24 * 3'600'000LL;

template <auto Member>
Result<> into_rules(const Setting& setting, std::string_view text, Settings& settings) {
  return read(setting, text, settings.kafka.rules.*Member);
}

constexpr std::array kOwnRows{
    Setting{.name = "policy",
            .group = "Kafka",
            .type = Type::choice,
            .fallback = "required",
            .about =
                "`required`: a study is published once this cluster has its event too, and events wait for it without "
                "limit. `best_effort`: nothing waits for it, and after `give_up_after` an event is skipped there.",
            .assign = into_rules<&SinkRules::policy>,
            .choices = "required|best_effort"},
    Setting{.name = "give_up_after",
            .group = "Kafka",
            .type = Type::duration,
            .fallback = "",
            .about =
                "How long an event waits for a cluster of `best_effort` that cannot be reached; then the event is "
                "skipped there permanently. Not set: `1h`. No event waits for it longer than `EVENT_RETENTION_DAYS`.",
            .assign = into_rules<&SinkRules::give_up_after>,
            .min = kGiveUpLeast,
            .max = kGiveUpMost},
    Setting{.name = "begin",
            .group = "Kafka",
            .type = Type::choice,
            .fallback = "oldest",
            .about = "The first event for a cluster that is new to the catalog: the `oldest` one in the log, or the "
                     "next one (`now`). Later starts continue at its position.",
            .assign = into_rules<&SinkRules::begin>,
            .choices = "oldest|now"},
};

void complete_cluster(Settings& scratch, std::vector<std::string>& problems) {
  SinkRules& rules = scratch.kafka.rules;
  if (rules.policy == SinkPolicy::required && rules.give_up_after) {
    problems.push_back(
        format("{}: is set, but a required cluster is never given up; leave it out, or set policy to best_effort",
               setting_name(scratch.kafka, "give_up_after")));
  }
  if (rules.policy == SinkPolicy::best_effort && !rules.give_up_after) rules.give_up_after = give_up_default;
}

}  // namespace

const SectionKind cluster_sections{
    .name = "kafka",
    .noun = "a cluster",
    .needed = "bootstrap_servers",
    .needed_advice = "give the address of the cluster",
    .own_rows = kOwnRows,
    .name_it = [](Settings& scratch, const std::string& section) { scratch.kafka.section = section; },
    .complete = complete_cluster,
    .put = [](Settings& scratch,
              Settings& into) { into.other_kafkas[scratch.kafka.section] = std::move(scratch.kafka); },
    .get = [](const Settings& from, const std::string& section,
              Settings& scratch) { scratch.kafka = from.other_kafkas.at(section); },
};

std::vector<const Kafka*> clusters(const Settings& settings) {
  std::vector<const Kafka*> all;
  if (settings.kafka.bootstrap_servers) all.push_back(&settings.kafka);
  for (const auto& [name, kafka] : settings.other_kafkas) all.push_back(&kafka);
  return all;
}

const Kafka* cluster(const Settings& settings, std::string_view section) {
  const std::vector<const Kafka*> all = clusters(settings);
  const auto found = std::ranges::find(all, section, &Kafka::section);
  return found == all.end() ? nullptr : *found;
}

SettingNames setting_names(const Kafka& cluster) {
  return SettingNames("kafka", cluster.section);
}

std::string setting_name(const Kafka& cluster, std::string_view key) {
  return setting_names(cluster)(key);
}

}  // namespace dmw::config
