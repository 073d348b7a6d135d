#include "config/sources.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <unistd.h>

#include "base/file.h"
#include "base/format.h"
#include "config/env_file.h"
#include "config/table.h"
#include "config/text.h"
#include "config/toml_file.h"
#include "config/transport.h"

namespace dmw::config {
namespace {

constexpr std::size_t kFileMax = 1 << 20;

/// How an unknown name is treated.
enum class Unknown { refuse, warn };

/// A source of settings.
struct Place {
  Unknown unknown = Unknown::refuse;
  bool notated = false;     // Given::notated
  bool lower_case = false;  // its names are in lower case
};

/// Kubernetes adds variables for every service to every pod: NAME_SERVICE_HOST, NAME_SERVICE_PORT…, NAME_PORT=tcp://…,
/// NAME_PORT_9092_TCP….
bool is_injected(std::string_view name, std::string_view text) {
  const bool is_link = text.starts_with("tcp://") || text.starts_with("udp://") || text.starts_with("sctp://");
  if (name.ends_with("_PORT") && is_link) return true;
  if (name.ends_with("_SERVICE_HOST") || name.contains("_SERVICE_PORT")) return true;
  const std::size_t port = name.find("_PORT_");
  const std::size_t digit = port == std::string_view::npos ? name.size() : port + 6;
  return digit < name.size() && name[digit] >= '0' && name[digit] <= '9';
}

/// Whether a name in the environment was probably meant for this program: it begins like a setting, or with DMW_.
bool looks_like_ours(std::string_view name) {
  // Variables of our commands, tests and scripts.
  constexpr std::array<std::string_view, 9> known{"DMW_URL",      "DMW_CRASH_AT",       "DMW_FREEZE_AT",
                                                  "DMW_DELAY_AT", "DMW_BINARY",         "DMW_CORPUS",
                                                  "DMW_MUTANTS",  "DMW_BENCH_PROGRAMS", "DMW_DCM4CHE"};
  if (std::ranges::find(known, name) != known.end() || name.starts_with("DMW_TEST_")) return false;
  const std::string_view prefix = name.substr(0, name.find('_') + 1);
  // These names are used by many programs.
  if (name == "HTTP_PROXY" || prefix == "LOG_") return false;
  const auto begins_so = [&](const Setting& setting) { return setting.name.starts_with(prefix); };
  return prefix == "DMW_" || (!prefix.empty() && std::ranges::any_of(table(), begins_so));
}

std::string not_a_setting(const Entry& entry, std::string_view is, bool lower_case) {
  const std::string_view near = closest(upper(entry.name), all_names());
  std::string out = format("{}: {} {} a setting of this version", entry.place, quotable(entry.name), is);
  if (!near.empty()) out += format("; did you mean {}?", lower_case ? lower(near) : std::string(near));
  return out;
}

class Merge {
 public:
  /// Add the layers in ascending order of precedence.
  void add(std::vector<Entry> layer, const Place& place) {
    std::map<std::string, Given, std::less<>> given;
    for (Entry& entry : layer) {
      const Setting* direct = find(entry.name);
      const Setting* setting = direct != nullptr ? direct : find_by_file_name(entry.name);
      if (setting == nullptr) {
        complain(entry, place);
        continue;
      }
      const bool is_file = direct == nullptr;
      const auto other = given.find(setting->name);
      const bool nothing = says_nothing(entry.text);
      if (other != given.end() && other->second.is_file != is_file && !nothing && !says_nothing(other->second.text)) {
        out_.errors.push_back(
            format("{0}: set either {1} or {1}_FILE, not both ({2})", setting->name, setting->name, entry.place));
      }
      if (other != given.end() && other->second.is_file == is_file && place.notated) {
        out_.warnings.push_back(format("{} replaces {}: {} is set twice, and only the last one counts", entry.place,
                                       other->second.place, entry.name));
      }
      // An empty value is ignored if its variant is set; alone it selects the default.
      if (other != given.end() && nothing && other->second.is_file != is_file) continue;
      given.insert_or_assign(std::string(setting->name),
                             Given{std::move(entry.text), std::move(entry.place), is_file, place.notated});
    }
    for (auto& [name, value] : given) out_.given.insert_or_assign(name, std::move(value));
  }

  void take_sections(std::vector<SectionEntry> sections) { out_.sections = std::move(sections); }

  void add_errors(std::vector<std::string> errors) { std::ranges::move(errors, std::back_inserter(out_.errors)); }

  Gathered finish() {
    if (!later_.empty()) {
      std::string names;
      for (const std::string& name : later_) names += (names.empty() ? "" : ", ") + name;
      out_.warnings.push_back(names + ": known from earlier programs, not used by this version, ignored");
    }
    return std::move(out_);
  }

 private:
  void complain(const Entry& entry, const Place& place) {
    if (is_later(entry.name)) {
      later_.insert(upper(entry.name));
    } else if (place.unknown == Unknown::refuse) {
      out_.errors.push_back(not_a_setting(entry, "is not", place.lower_case));
    } else if (looks_like_ours(upper(entry.name))) {
      out_.warnings.push_back(not_a_setting(entry, "is ignored, it is not", place.lower_case));
    }
  }

  Gathered out_;
  std::set<std::string> later_;
};

/// The text of a file that need not exist.
std::optional<std::string> optional_file(const std::filesystem::path& directory, const char* name, Merge& merge) {
  Result<std::string> text = read_text(directory / name, kFileMax);
  if (text && (text->starts_with("\xff\xfe") || text->starts_with("\xfe\xff") || text->contains('\0'))) {
    merge.add_errors(
        {format("{}: is not UTF-8 text (in Windows it may be called Unicode or UTF-16): save it as UTF-8", name)});
    return std::nullopt;
  }
  if (text) return std::move(*text);
  if (text.error().code != Errc::not_found) {
    merge.add_errors({format("{}: cannot be read: {}", name, text.error().message())});
  }
  return std::nullopt;
}

std::vector<Entry> environment_layer(const Sources& sources) {
  std::vector<Entry> layer;
  layer.reserve(sources.environment.size());
  // If a name is given in two spellings, the one in capitals counts, so it is added last.
  for (const bool in_capitals : {false, true}) {
    for (const auto& [written, text] : sources.environment) {
      const std::string name(trim(written));  // without the byte order mark of the first line
      const std::string capitals = upper(name);
      if ((name == capitals) == in_capitals && !is_injected(capitals, text))
        layer.push_back({name, text, "environment"});
    }
  }
  return layer;
}

}  // namespace

Sources Sources::of_process(std::map<std::string, std::string> flags) {
  Sources sources;
  sources.flags = std::move(flags);
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    sources.environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return sources;
}

Gathered gather(const Sources& sources) {
  Merge merge;
  if (const auto text = optional_file(sources.directory, kTomlFile, merge)) {
    Entries parsed = parse_toml(*text, kTomlFile);
    merge.add_errors(std::move(parsed.errors));
    merge.add(std::move(parsed.entries), {.notated = true, .lower_case = true});
    merge.take_sections(std::move(parsed.sections));
  }
  if (const auto text = optional_file(sources.directory, kEnvFile, merge)) {
    Entries parsed = parse_env(*text, kEnvFile);
    merge.add_errors(std::move(parsed.errors));
    merge.add(std::move(parsed.entries), {.notated = true});
  }
  merge.add(environment_layer(sources), {.unknown = Unknown::warn});
  std::vector<Entry> flags;
  flags.reserve(sources.flags.size());
  for (const auto& [name, text] : sources.flags) flags.push_back({name, text, "--set"});
  merge.add(std::move(flags), {});
  return merge.finish();
}

}  // namespace dmw::config
