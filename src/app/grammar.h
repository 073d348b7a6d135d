// The grammar of the command line: how commands and the options that several of them have are declared, and where what
// was typed is kept.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/remote.h"
#include "config/sources.h"

namespace dmw::app {

/// What the command line says, for every command that it can name.
struct Arguments {
  std::vector<std::string> settings;
  Remote remote;
  std::vector<std::string> paths;
  std::vector<std::string> keywords;
  std::vector<std::string> words;
  std::string id;
  std::string source;
  Filter filter;
  StudyQuery studies;
  EventsQuery events;
  std::string output;
  std::string seed;
  std::string reason;
  bool json = false;
  bool yes = false;
  bool dry_run = false;
  std::string timeout = "10m";
  bool poc = false;
  bool running = false;
  std::string webhook;
  bool adopt_store = false;
  bool without_store = false;
  bool follow = false;
  bool all = false;
  bool wait = false;
  std::optional<std::int64_t> after;
  std::int64_t limit = 100;
  std::optional<std::int64_t> events_limit;
};

/// One command: its words, its sentence, and what it does.
class Grammar {
 public:
  Grammar(CLI::App& root, Arguments& arguments) : root_(root), arguments_(arguments) {}

  CLI::App* command(CLI::App* parent, const std::string& name, const std::string& about, std::function<int()> act) {
    CLI::App* made = parent->add_subcommand(name, about);
    made->callback([this, act = std::move(act)] { act_ = act; });
    return made;
  }

  CLI::App* group(const std::string& name, const std::string& about) {
    CLI::App* made = root_.add_subcommand(name, about);
    made->require_subcommand(1);
    return made;
  }

  void json(CLI::App* command) { command->add_flag("--json", arguments_.json, "one JSON object a line"); }

  void remote(CLI::App* command) {
    json(command);
    command
        ->add_option("--url", arguments_.remote.url,
                     "of a running serve; default: the control socket, CONTROL_SOCKET (./data/control.sock)")
        ->envname("DMW_URL");
  }

  void limit(CLI::App* command) {
    command->add_option("--limit", arguments_.limit, "at most this many")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
  }

  /// A filter with a text. An empty one is refused: it would match everything, as if the option were not there.
  CLI::Option* only(CLI::App* command, const std::string& option, std::string& into, const std::string& about) {
    return command->add_option(option, into, about)->check(CLI::Validator(objection_to_text, ""));
  }

  /// The same with a time of the API, or how long ago: "12h".
  CLI::Option* only_time(CLI::App* command, const std::string& option, std::string& into, const std::string& about) {
    return command->add_option(option, into, about)->check(CLI::Validator(objection_to_time, ""));
  }

  void filter(CLI::App* command) {
    only(command, "--cause", arguments_.filter.cause, "only this cause");
    only(command, "--stage", arguments_.filter.stage, "only this stage: fetch, header, store, record");
    only(command, "--source", arguments_.filter.source, "only this source");
    only(command, "--study", arguments_.filter.study, "only of this Study Instance UID");
    only_time(command, "--since", arguments_.filter.since,
              "failed last at this time or later: 12h (ago), 2026-01-31T18:00:00+01:00, or a day (UTC)");
    only_time(command, "--until", arguments_.filter.until, "failed last before this time");
  }

  /// Which dead letters a replay or a discard means.
  void selection(CLI::App* command) {
    filter(command);
    command->add_flag("--all", arguments_.all, "all open ones");
    command->add_flag("--dry-run", arguments_.dry_run, "only print their number");
  }

  int act() const { return act_(); }

 private:
  /// What is wrong with a value; empty: nothing.
  static std::string objection_to_text(std::string& value);
  static std::string objection_to_time(std::string& value);

  CLI::App& root_;
  Arguments& arguments_;
  std::function<int()> act_;
};

/// With the settings as --set, the environment and the files have them. Exit 2: a --set is none.
int with_settings(const Arguments& arguments, const std::function<int(const config::Sources&)>& act);

/// Commands that speak to a running serve find it by --url, DMW_URL, or the control socket of the settings.
int with_remote(Arguments& arguments, const std::function<int(const Remote&)>& act);

/// The commands that ask a running serve.
void add_remote_commands(Grammar& grammar, CLI::App& root, Arguments& arguments);

}  // namespace dmw::app
