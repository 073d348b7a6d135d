#include "config/comparison.h"

#include <algorithm>

#include "base/digest.h"
#include "base/uuid.h"
#include "config/print.h"
#include "config/sections.h"
#include "config/table.h"

namespace dmw::config {
namespace {

/// Some milliseconds, and no more than that for each of a handful of secrets.
constexpr int mark_rounds = 20'000;

std::string mark_of(const std::string& salt, const std::string& text) {
  std::string mark = salt + text;
  for (int round = 0; round < mark_rounds; ++round) mark = Sha256::of(as_bytes(salt + mark + text)).hex();
  return mark;
}

bool has_secret(const Shown& shown) {
  const Setting* const row = row_of(shown.name);
  return row != nullptr && holds_secret(row->type) && shown.value != shown.text.reveal();
}

struct Heard {
  Shown shown;
  std::string mark;
};

std::vector<Heard> heard_in(const json::object& told) {
  const json::value* const list = told.if_contains("settings");
  if (list == nullptr || !list->is_array()) return {};
  std::vector<Heard> heard;
  for (const json::value& one : list->get_array()) {
    if (!one.is_object()) continue;
    const json::object& setting = one.get_object();
    const auto text = [&](std::string_view key) { return json::get_string(setting, key).value_or(""); };
    if (!text("name").empty()) heard.push_back({{text("name"), text("value"), text("origin")}, text("mark")});
  }
  return heard;
}

}  // namespace

json::object told(const Loaded& loaded) {
  const std::string salt = Uuid::random().text();
  json::array settings = print_json(loaded.values);
  for (std::size_t n = 0; n < settings.size(); ++n) {
    if (has_secret(loaded.values[n])) settings[n].get_object()["mark"] = mark_of(salt, loaded.values[n].text.reveal());
  }
  return {{"settings", std::move(settings)}, {"salt", salt}};
}

std::vector<Shown> shown_in(const json::object& told) {
  std::vector<Shown> shown;
  for (Heard& heard : heard_in(told)) shown.push_back(std::move(heard.shown));
  return shown;
}

std::vector<Difference> differences(const json::object& told, const Loaded& here) {
  const std::string salt = json::get_string(told, "salt").value_or("");
  const std::vector<Heard> there = heard_in(told);
  const auto name_of = [](const Heard& heard) -> const std::string& { return heard.shown.name; };
  std::vector<Difference> found;
  for (const Shown& mine : here.values) {
    const auto theirs = std::ranges::find(there, mine.name, name_of);
    if (theirs == there.end()) {
      // A section of the file that the other program has not read.
      if (find(mine.name) == nullptr && !there.empty()) found.push_back({mine.name, "", "", mine.value, mine.origin});
      continue;
    }
    const auto& [shown, mark] = *theirs;
    const bool same_secret = mark.empty() || !has_secret(mine) || mark == mark_of(salt, mine.text.reveal());
    if (shown.value != mine.value || !same_secret)
      found.push_back({mine.name, shown.value, shown.origin, mine.value, mine.origin});
  }
  for (const auto& [shown, mark] : there) {
    if (find(shown.name) == nullptr && std::ranges::find(here.values, shown.name, &Shown::name) == here.values.end())
      found.push_back({shown.name, shown.value, shown.origin, "", ""});
  }
  return found;
}

}  // namespace dmw::config
