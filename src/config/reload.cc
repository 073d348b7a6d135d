#include "config/reload.h"

#include <algorithm>
#include <map>
#include <set>

#include "config/checks.h"
#include "config/sections.h"
#include "config/table.h"
#include "config/text.h"

namespace dmw::config {
namespace {

/// A section without rows: those about settling, which come and go.
bool is_free_section(const std::string& name) {
  return row_of(name) == nullptr;
}

/// The name of another setting of the same group, as it is shown: `KAFKA_TOPIC` of `kafka.archive.extra` is
/// `kafka.archive.topic`.
std::string beside(const std::string& shown_name, std::string_view setting) {
  if (!find_section_value(shown_name)) return std::string(setting);
  return shown_name.substr(0, shown_name.rfind('.') + 1) + lower(setting.substr(setting.find('_') + 1));
}

using ByName = std::map<std::string, const Shown*>;

ByName by_name(const std::vector<Shown>& values) {
  ByName found;
  for (const Shown& shown : values) found[shown.name] = &shown;
  return found;
}

/// Absent before or after: of a section that came or went.
struct Change {
  std::string name;
  const Shown* before = nullptr;
  const Shown* after = nullptr;
};

std::vector<Change> changed(const Loaded& before, const Loaded& after) {
  ByName old = by_name(before.values);
  std::vector<Change> found;
  for (const Shown& shown : after.values) {
    const auto was = old.find(shown.name);
    const Shown* const there = was == old.end() ? nullptr : was->second;
    if (there == nullptr || there->value != shown.value || there->text != shown.text)
      found.push_back({shown.name, there, &shown});
    if (there != nullptr) old.erase(was);
  }
  for (const auto& [name, shown] : old) found.push_back({name, shown, nullptr});
  return found;
}

/// A section that came or went is one thing: `kafka.archive`.
std::string name_of_waiting(const Change& change) {
  if (change.before != nullptr && change.after != nullptr) return change.name;
  return change.name.substr(0, change.name.rfind('.'));
}

bool is_live(const Change& change, const std::set<std::string, std::less<>>& names) {
  const Setting* const row = row_of(change.name);
  if (row == nullptr) return true;
  if (change.before == nullptr || change.after == nullptr) return false;
  for (const std::string_view other : split(row->waits_with, '|')) {
    if (names.contains(beside(change.name, other))) return false;
  }
  return row->live || change.before->value == change.after->value;  // else only a secret in it is another
}

}  // namespace

Result<Changes> take(Loaded& in_force, const Loaded& again) {
  const std::vector<Change> all = changed(in_force, again);
  std::set<std::string, std::less<>> names;
  for (const Change& change : all) names.insert(change.name);
  Changes found;
  Settings next = in_force.settings;
  ByName values = by_name(in_force.values);
  for (const Change& change : all) {
    if (!is_live(change, names)) {
      const std::string name = name_of_waiting(change);
      if (found.after_restart.empty() || found.after_restart.back() != name) found.after_restart.push_back(name);
      continue;
    }
    found.live.push_back(change.name);
    const std::string before = change.before == nullptr ? "" : change.before->value;
    const std::string after = change.after == nullptr ? "" : change.after->value;
    if (before != after) found.replaced.push_back({change.name, before, after});
    if (is_free_section(change.name)) continue;
    if (const std::optional<SectionValue> value = find_section_value(change.name)) {
      TRY(assign(*value, change.after->text.reveal(), next));
    } else {
      const Setting& row = *find(change.name);
      TRY(row.assign(row, change.after->text.reveal(), next));
    }
    values[change.name] = change.after;
  }
  next.settle.by_source = again.settings.settle.by_source;
  next.settle.by_ae = again.settings.settle.by_ae;
  if (const std::vector<std::string> problems = contradictions(next); !problems.empty()) {
    std::string lines;
    for (const std::string& problem : problems) lines += (lines.empty() ? "" : "\n") + problem;
    return fail(Errc::invalid, lines);
  }
  for (const Shown& value : again.values) {
    const Setting* const row = row_of(value.name);
    if (row != nullptr && row->live && row->type == Type::path && !value.value.empty() && !names.contains(value.name) &&
        values.contains(value.name))
      found.read_again.push_back(value.name);
  }
  std::vector<Shown> shown;
  for (const Shown& was : in_force.values) {
    if (!is_free_section(was.name)) shown.push_back(*values.at(was.name));
  }
  std::ranges::copy_if(again.values, std::back_inserter(shown),
                       [](const Shown& each) { return is_free_section(each.name); });
  in_force.values = std::move(shown);
  in_force.settings = std::move(next);
  return found;
}

}  // namespace dmw::config
