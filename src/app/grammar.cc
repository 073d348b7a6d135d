#include "app/grammar.h"

#include <map>

#include "api/parameters.h"
#include "base/format.h"
#include "config/syntax.h"
#include "config/transport.h"

namespace dmw::app {
namespace {

Result<std::map<std::string, std::string>> flags_of(const std::vector<std::string>& settings) {
  std::map<std::string, std::string> flags;
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(Errc::invalid, "--set takes NAME=VALUE, not '" + setting + "'");
    flags[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  return flags;
}

}  // namespace

std::string Grammar::objection_to_text(std::string& value) {
  return value.empty() ? "must not be empty" : "";
}

std::string Grammar::objection_to_time(std::string& value) {
  if (api::parse_time(value) || config::parse_duration(value)) return "";
  return format("must be how long ago (12h), a time (2026-01-31T18:00:00+01:00) or a day (2026-01-31), not '{}'",
                value);
}

int with_settings(const Arguments& arguments, const std::function<int(const config::Sources&)>& act) {
  const auto flags = flags_of(arguments.settings);
  if (!flags) return report(flags.error(), exit_usage);
  return act(config::Sources::of_process(*flags));
}

int with_remote(Arguments& arguments, const std::function<int(const Remote&)>& act) {
  const Result<std::string> url = config::text_without_transport(arguments.remote.url);
  if (!url) return report(Error{Errc::invalid, "--url, DMW_URL: the value " + url.error().what, {}}, exit_usage);
  arguments.remote.url = *url;
  if (!url->empty()) return act(arguments.remote);
  return with_settings(arguments, [&](const config::Sources& sources) {
    const Result<std::string> socket = control_socket(sources);
    if (!socket) return report(socket.error(), exit_usage);
    arguments.remote.socket = *socket;
    return act(arguments.remote);
  });
}

}  // namespace dmw::app
