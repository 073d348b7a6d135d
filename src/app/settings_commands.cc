// The commands about settings: of this shell, and of the running serve, with `reload`.
#include <cstdio>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/live_settings.h"
#include "app/printing.h"
#include "base/json.h"
#include "base/terminal.h"
#include "config/comparison.h"
#include "config/docs.h"
#include "config/load.h"
#include "config/print.h"

namespace dmw::app {
namespace {

int refuse_settings(const Error& wrong) {
  std::fprintf(stderr, "%s\n", lines_for_terminal(wrong.what).c_str());
  return exit_usage;
}

void print_settings(const std::vector<config::Shown>& values, bool json) {
  if (!json) std::printf("%s", lines_for_terminal(config::print_text(values)).c_str());
  if (!json) return;
  for (const json::value& setting : config::print_json(values)) print_line(setting);
}

/// Only the control socket offers this. An import that has the inbox, and a serve of an earlier version, also answer
/// there.
Result<json::value> of_serve(const Remote& remote, Result<json::value> answer) {
  if (!answer && answer.error().code == Errc::unavailable) {
    return fail(
        Errc::unavailable,
        "no serve answers at " + remote.socket +
            ": run this command in the folder where serve was started, or set CONTROL_SOCKET to the value of serve");
  }
  if ((answer && answer->is_object()) || (!answer && answer.error().code != Errc::not_found)) return answer;
  return fail(Errc::unsupported,
              "the program at CONTROL_SOCKET is an import, or a serve of another version: wait until the import has "
              "ended, or restart serve");
}

/// The names of settings, as a sentence has them; "-" if there are none.
std::string names_in(const json::object& told, std::string_view key) {
  std::string names = words_of(told, key);
  for (std::size_t at = 0; (at = names.find(',', at)) != names.npos; at += 2) names.insert(at + 1, " ");
  return names;
}

/// Prints the replaced values, so that a mistake is visible at once.
void print_replaced(const json::object& told) {
  const json::value* const replaced = told.if_contains("replaced");
  if (replaced == nullptr || !replaced->is_array()) return;
  for (const json::value& each : replaced->get_array()) {
    if (!each.is_object()) continue;
    const auto value = [&](std::string_view key) {
      const std::string text = text_of(each.get_object(), key);
      return text.empty() ? std::string("not set") : text;
    };
    std::printf("  %s: %s -> %s\n", value("name").c_str(), value("before").c_str(), value("after").c_str());
  }
}

}  // namespace

int config_check(const config::Sources& sources) {
  const Result<config::Loaded> loaded = load_settings(sources);
  if (!loaded) return refuse_settings(loaded.error());
  for (const std::string& warning : loaded->warnings) std::fprintf(stderr, "warning: %s\n", warning.c_str());
  std::printf("the settings are valid\n");
  return exit_done;
}

int config_print(const config::Sources& sources, bool json) {
  const Result<config::Loaded> loaded = config::load(sources);
  if (!loaded) return refuse_settings(loaded.error());
  print_settings(loaded->values, json);
  return exit_done;
}

int config_print_running(const config::Sources& sources, bool json) {
  const Remote serve = serve_of(sources);
  const Result<json::value> answer = of_serve(serve, serve.get(settings_path));
  if (!answer) return report(answer.error());
  print_settings(config::shown_in(answer->get_object()), json);
  return exit_done;
}

int reload(const config::Sources& sources, bool json) {
  const Remote serve = serve_of(sources);
  const Result<json::value> answer = of_serve(serve, serve.send("POST", reload_path, json::object()));
  if (!answer && answer.error().code == Errc::invalid) {
    std::fprintf(stderr, "nothing was changed, serve keeps its current settings:\n");
    return refuse_settings(answer.error());
  }
  if (!answer) return report(answer.error());
  const json::object& told = answer->get_object();
  const std::string waits = names_in(told, "after_restart");
  if (json) {
    print_line(*answer);
  } else {
    const std::string taken = names_in(told, "in_force");
    std::printf("%s\n", taken == "-" ? "nothing to do: no setting that can change without a restart has changed"
                                     : ("in force now: " + taken).c_str());
    print_replaced(told);
    // Usually only the content of a certificate file changes, so the value of its setting stays the same.
    const std::string again = names_in(told, "read_again");
    if (again != "-") std::printf("read again: %s\n", again.c_str());
    if (waits != "-") std::printf("waits for a restart of serve: %s\n", waits.c_str());
  }
  return waits == "-" ? exit_done : exit_problems;
}

int config_docs() {
  std::printf("%s", config::docs_markdown().c_str());
  return exit_done;
}

Remote serve_of(const config::Sources& sources) {
  return {.url = "", .socket = config::draft(sources).loaded.settings.http.control_socket.string()};
}

}  // namespace dmw::app
