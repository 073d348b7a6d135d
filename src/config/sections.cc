#include "config/sections.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/format.h"
#include "base/setting_names.h"
#include "config/choosing.h"
#include "config/clusters.h"
#include "config/orthancs.h"
#include "config/table.h"
#include "config/text.h"
#include "config/transport.h"

namespace dmw::config {
namespace {

constexpr std::size_t kNameMax = 32;

/// In the order of the table.
constexpr std::array<const SectionKind*, 2> kKinds = {&orthanc_sections, &cluster_sections};

/// A name goes into the catalog, into metrics and into the log.
bool is_server_name(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  return !name.empty() && name.size() <= kNameMax && std::ranges::all_of(name, allowed);
}

const SectionKind* find_kind(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name, &SectionKind::name);
  return found == kKinds.end() ? nullptr : *found;
}

std::string prefix_of(const SectionKind& kind) {
  return upper(kind.name) + "_";
}

std::string key_of(const SectionKind& kind, const Setting& row) {
  const std::string prefix = prefix_of(kind);
  return lower(row.name.starts_with(prefix) ? row.name.substr(prefix.size()) : row.name);
}

/// All rows of a section, in the order in which they are shown.
std::vector<const Setting*> rows_of(const SectionKind& kind) {
  std::vector<const Setting*> rows;
  for (const Setting& row : table()) {
    if (row.name.starts_with(prefix_of(kind))) rows.push_back(&row);
  }
  for (const Setting& row : kind.own_rows) rows.push_back(&row);
  return rows;
}

const Setting* row_by_key(const SectionKind& kind, std::string_view key) {
  const std::vector<const Setting*> all = rows_of(kind);
  const auto found = std::ranges::find(all, key, [&](const Setting* row) { return key_of(kind, *row); });
  return found == all.end() ? nullptr : *found;
}

std::string not_a_key(const SectionKind& kind, const std::string& full_name, const SectionEntry& entry) {
  std::vector<std::string> keys;
  for (const Setting* const row : rows_of(kind)) keys.push_back(key_of(kind, *row));
  const std::vector<std::string_view> candidates(keys.begin(), keys.end());
  const std::string_view near = closest(entry.key, candidates);
  return format("{}: is not known in this section{} ({})", full_name,
                near.empty() ? "" : format("; did you mean {}?", near), entry.place);
}

/// What one section says.
class Section {
 public:
  Section(const SectionKind& kind, std::string name, Loaded& into, std::vector<std::string>& problems)
      : kind_(kind), name_(std::move(name)), into_(into), problems_(problems) {}

  void add(const SectionEntry& entry) {
    place_ = entry.place;
    if (entry.key.empty()) return;
    const std::string full_name = name_of(quotable(entry.key));
    const Setting* row = row_by_key(kind_, entry.key);
    bool is_file = false;
    constexpr std::string_view suffix = "_file";
    if (row == nullptr && entry.key.ends_with(suffix)) {
      row = row_by_key(kind_, std::string_view(entry.key).substr(0, entry.key.size() - suffix.size()));
      is_file = true;
      if (row != nullptr && !row->file_variant) row = nullptr;
    }
    if (row == nullptr) return problems_.push_back(not_a_key(kind_, full_name, entry));
    const auto [other, is_new] = given_.try_emplace(row, Given{entry.text, entry.place, is_file, true});
    if (!is_new)
      problems_.push_back(
          format("{0}: set either {0} or {0}_file, not both ({1})", name_of(key_of(kind_, *row)), entry.place));
  }

  void read() {
    if (!is_server_name(name_)) {
      return problems_.push_back(format("{}.{}: is not a name for {}; allowed: 1 to {} of a-z, 0-9, - and _ ({})",
                                        kind_.name, quotable(name_), kind_.noun, kNameMax, place_));
    }
    Settings scratch;
    kind_.name_it(scratch, name_);
    for (const Setting* const row : rows_of(kind_)) read(*row, scratch);
    if (const auto needed = given_.find(row_by_key(kind_, kind_.needed));
        needed == given_.end() || says_nothing(needed->second.text)) {
      problems_.push_back(
          format("{}: is not set; {}, or remove the section ({})", name_of(kind_.needed), kind_.needed_advice, place_));
    }
    if (kind_.complete != nullptr) kind_.complete(scratch, problems_);
    kind_.put(scratch, into_.settings);
  }

 private:
  std::string name_of(std::string_view key) const { return SettingNames(kind_.name, name_)(key); }

  void read(const Setting& row, Settings& scratch) {
    const std::string shown_name = name_of(key_of(kind_, row));
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

  const SectionKind& kind_;
  const std::string name_;
  Loaded& into_;
  std::vector<std::string>& problems_;
  std::string place_;
  std::map<const Setting*, Given> given_;
};

}  // namespace

bool is_section_kind(std::string_view kind) {
  return find_kind(kind) != nullptr;
}

std::vector<std::string> read_sections(const std::vector<SectionEntry>& entries, Loaded& into) {
  std::vector<std::string> problems;
  for (const SectionKind* const kind : kKinds) {
    std::map<std::string, Section> sections;
    for (const SectionEntry& entry : entries) {
      if (entry.section == kind->name)
        sections.try_emplace(entry.name, *kind, entry.name, into, problems).first->second.add(entry);
    }
    for (auto& [name, section] : sections) section.read();
  }
  return problems;
}

std::optional<SectionValue> find_section_value(std::string_view shown_name) {
  const std::vector<std::string_view> parts = split(shown_name, '.');
  if (parts.size() != 3) return std::nullopt;
  const SectionKind* const kind = find_kind(parts[0]);
  const Setting* const row = kind == nullptr ? nullptr : row_by_key(*kind, parts[2]);
  if (row == nullptr) return std::nullopt;
  return SectionValue{kind, std::string(parts[1]), row};
}

const Setting* row_of(std::string_view shown_name) {
  if (const Setting* const row = find(shown_name)) return row;
  const std::optional<SectionValue> value = find_section_value(shown_name);
  return value ? value->row : nullptr;
}

Result<> assign(const SectionValue& value, std::string_view text, Settings& into) {
  Settings scratch;
  value.kind->get(into, value.section, scratch);
  TRY(value.row->assign(*value.row, text, scratch));
  value.kind->put(scratch, into);
  return {};
}

}  // namespace dmw::config
