#include "app/live_settings.h"

#include <filesystem>

#include <unistd.h>

#include "app/commands.h"
#include "app/mapping.h"
#include "base/json.h"
#include "base/log.h"
#include "config/comparison.h"

namespace dmw::app {
namespace {

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

json::array array_of(const std::vector<std::string>& names) {
  json::array array;
  for (const std::string& name : names) array.emplace_back(name);
  return array;
}

}  // namespace

LiveSettings::LiveSettings(const config::Sources& sources, config::Loaded loaded)
    : sources_(sources), in_force_(std::move(loaded)) {}

std::vector<http::Route> LiveSettings::routes() {
  http::Route settings{.method = "GET", .path = settings_path, .control_only = true};
  settings.function = [this](const http::Request&, http::Responder responder) {
    std::error_code untold;
    json::object answer = [this] {
      const std::scoped_lock lock(mutex_);
      return config::told(in_force_);
    }();
    answer["directory"] = std::filesystem::current_path(untold).string();
    answer["pid"] = ::getpid();
    responder.send(http::Answer::json(200, json::serialize(answer)));
  };
  http::Route again{.method = "POST", .path = reload_path, .control_only = true};
  again.function = [this](const http::Request&, http::Responder responder) {
    const Result<config::Changes> changes = reload();
    if (!changes) return responder.send(changes.error());
    json::array replaced;
    for (const config::Replaced& one : changes->replaced)
      replaced.push_back(json::object{{"name", one.name}, {"before", one.before}, {"after", one.after}});
    const json::object answer = {{"in_force", array_of(changes->live)},
                                 {"replaced", std::move(replaced)},
                                 {"after_restart", array_of(changes->after_restart)},
                                 {"read_again", array_of(changes->read_again)}};
    responder.send(http::Answer::json(200, json::serialize(answer)));
  };
  return {std::move(settings), std::move(again)};
}

Result<config::Changes> LiveSettings::reload() {
  const std::scoped_lock lock(mutex_);
  Result<config::Changes> changes = read_again();
  if (!changes) {
    log::error("settings_kept", "the current settings stay in force: " + changes.error().what);
    return changes;
  }
  log::info("settings_reloaded", changes->live.empty() ? "no setting that a reload applies has changed"
                                                       : "in force: " + list_of(changes->live));
  if (!changes->read_again.empty()) log::info("settings_reloaded", "read again: " + list_of(changes->read_again));
  if (!changes->after_restart.empty())
    log::warning("settings_wait", "in force after a restart: " + list_of(changes->after_restart));
  return changes;
}

Result<config::Changes> LiveSettings::read_again() {
  const config::Loaded again = TRY(load_settings(sources_));
  config::Loaded next = in_force_;
  config::Changes changes = TRY(config::take(next, again));
  TRY(check_settings(next.settings));
  in_force_ = std::move(next);
  // Also without a change, because the content of a certificate file may have changed.
  apply_(in_force_.settings);
  return changes;
}

}  // namespace dmw::app
