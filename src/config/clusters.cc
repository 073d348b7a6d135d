#include "config/clusters.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/format.h"
#include "config/choosing.h"
#include "config/table.h"
#include "config/text.h"
#include "config/values.h"

namespace dmw::config {
namespace {

constexpr std::string_view kPrefix = "KAFKA_";
constexpr std::size_t kNameMax = 32;
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

/// A name goes into the catalog, into metrics and into the log.
bool is_cluster_name(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  return !name.empty() && name.size() <= kNameMax && std::ranges::all_of(name, allowed);
}

std::string key_of(const Setting& row) {
  return lower(row.name.starts_with(kPrefix) ? row.name.substr(kPrefix.size()) : row.name);
}

/// All rows of a section, in the order in which they are shown.
std::vector<const Setting*> rows() {
  std::vector<const Setting*> rows;
  for (const Setting& row : table()) {
    if (row.name.starts_with(kPrefix)) rows.push_back(&row);
  }
  for (const Setting& row : kOwnRows) rows.push_back(&row);
  return rows;
}

const Setting* row_by_key(std::string_view key) {
  const std::vector<const Setting*> all = rows();
  const auto found = std::ranges::find(all, key, [](const Setting* row) { return key_of(*row); });
  return found == all.end() ? nullptr : *found;
}

std::string not_a_key(const std::string& full_name, const SectionEntry& entry) {
  std::vector<std::string> keys;
  for (const Setting* const row : rows()) keys.push_back(key_of(*row));
  const std::vector<std::string_view> candidates(keys.begin(), keys.end());
  const std::string_view near = closest(entry.key, candidates);
  return format("{}: is not known in this section{} ({})", full_name,
                near.empty() ? "" : format("; did you mean {}?", near), entry.place);
}

/// What one section says.
class Section {
 public:
  Section(std::string name, Loaded& into, std::vector<std::string>& problems)
      : name_(std::move(name)), into_(into), problems_(problems) {}

  void add(const SectionEntry& entry) {
    place_ = entry.place;
    if (entry.key.empty()) return;
    const std::string full_name = name_of(quotable(entry.key));
    const Setting* row = row_by_key(entry.key);
    bool is_file = false;
    constexpr std::string_view suffix = "_file";
    if (row == nullptr && entry.key.ends_with(suffix)) {
      row = row_by_key(std::string_view(entry.key).substr(0, entry.key.size() - suffix.size()));
      is_file = true;
      if (row != nullptr && !row->file_variant) row = nullptr;
    }
    if (row == nullptr) return problems_.push_back(not_a_key(full_name, entry));
    const auto [other, is_new] = given_.try_emplace(row, Given{entry.text, entry.place, is_file, true});
    if (!is_new)
      problems_.push_back(
          format("{0}: set either {0} or {0}_file, not both ({1})", name_of(key_of(*row)), entry.place));
  }

  void read() {
    if (!is_cluster_name(name_)) {
      return problems_.push_back(
          format("kafka.{}: is not a name for a cluster; allowed: 1 to {} of a-z, 0-9, - and _ ({})", quotable(name_),
                 kNameMax, place_));
    }
    Settings scratch;
    scratch.kafka.section = name_;
    for (const Setting* const row : rows()) read(*row, scratch);
    const Kafka& kafka = scratch.kafka;
    SinkRules& rules = scratch.kafka.rules;
    if (!kafka.bootstrap_servers) {
      problems_.push_back(format("{}: is not set; give the address of the cluster, or remove the section ({})",
                                 name_of("bootstrap_servers"), place_));
    }
    if (rules.policy == SinkPolicy::required && rules.give_up_after) {
      problems_.push_back(
          format("{}: is set, but a required cluster is never given up; leave it out, or set policy to "
                 "best_effort",
                 name_of("give_up_after")));
    }
    if (rules.policy == SinkPolicy::best_effort && !rules.give_up_after) rules.give_up_after = give_up_default;
    into_.settings.other_kafkas[name_] = std::move(scratch.kafka);
  }

 private:
  std::string name_of(std::string_view key) const { return format("kafka.{}.{}", name_, key); }

  void read(const Setting& row, Settings& scratch) {
    const std::string shown_name = name_of(key_of(row));
    Setting named = row;
    named.name = shown_name;
    const auto given = given_.find(&row);
    const Result<Chosen> chosen =
        choose(named, given == given_.end() ? nullptr : &given->second, std::string(row.fallback), into_.warnings);
    if (!chosen) return problems_.push_back(chosen.error().what);
    if (const Result<> done = named.assign(named, chosen->text, scratch); !done) {
      problems_.push_back(format("{} ({})", complaint(named, chosen->text, done.error().what), chosen->origin));
      return;
    }
    into_.values.push_back({shown_name, masked(named, chosen->text), chosen->origin, Private(chosen->text)});
  }

  const std::string name_;
  Loaded& into_;
  std::vector<std::string>& problems_;
  std::string place_;
  std::map<const Setting*, Given> given_;
};

}  // namespace

std::vector<std::string> read_clusters(const std::vector<SectionEntry>& entries, Loaded& into) {
  std::vector<std::string> problems;
  std::map<std::string, Section> sections;
  for (const SectionEntry& entry : entries) {
    if (entry.section == "kafka") sections.try_emplace(entry.name, entry.name, into, problems).first->second.add(entry);
  }
  for (auto& [name, section] : sections) section.read();
  return problems;
}

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

std::span<const Setting> cluster_rows() {
  return kOwnRows;
}

std::optional<ClusterValue> find_cluster_value(std::string_view shown_name) {
  const std::vector<std::string_view> parts = split(shown_name, '.');
  if (parts.size() != 3 || parts[0] != "kafka") return std::nullopt;
  const Setting* const row = row_by_key(parts[2]);
  if (row == nullptr) return std::nullopt;
  return ClusterValue{std::string(parts[1]), row};
}

const Setting* row_of(std::string_view shown_name) {
  if (const Setting* const row = find(shown_name)) return row;
  const std::optional<ClusterValue> value = find_cluster_value(shown_name);
  return value ? value->row : nullptr;
}

Result<> assign(const ClusterValue& value, std::string_view text, Settings& into) {
  Settings scratch;
  Kafka& kafka = into.other_kafkas.at(value.section);
  scratch.kafka = kafka;
  TRY(value.row->assign(*value.row, text, scratch));
  kafka = std::move(scratch.kafka);
  return {};
}

}  // namespace dmw::config
