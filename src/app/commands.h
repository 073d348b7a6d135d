// What each command does. They return the exit code (command_line.h) and have said everything there is to say.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/remote.h"
#include "base/result.h"
#include "config/load.h"
#include "config/sources.h"

namespace dmw::app {

/// Says what is wrong on stderr; returns `code`.
int report(const Error& error, ExitCode code = exit_failed);

/// The settings of a start. Errors: invalid, with a line for each value that a start would refuse.
Result<config::Loaded> load_settings(const config::Sources& sources);

// Here and now.
int serve(const config::Sources& sources);
/// Before everything else the objects of the store are taken into a catalog that does not know them.
int adopt_and_serve(const config::Sources& sources);
int inspect_files(const std::vector<std::string>& files, bool json);
/// The other end of ingest::HeaderProcess.
int read_header_for_parent(std::int64_t limit_bytes, const std::vector<std::string>& keywords, const std::string& file);
int config_check(const config::Sources& sources);
int config_print(const config::Sources& sources, bool json);
int config_docs();
/// The command `doctor`.
int examine(const config::Sources& sources, bool json);
/// The same with `--poc`: for a site that comes from the proof of concept.
int examine_move(const config::Sources& sources, bool json);
/// An empty seed: another study each time.
int sample(const std::string& folder, const std::string& seed, bool json);
Result<std::string> control_socket(const config::Sources& sources);
/// `target` is AE@HOST:PORT; the calling AE title is ours.
int sources_echo(const config::Sources& settings, const std::string& target, bool as_json);

// At a running serve, or without one.
struct ImportOrder {
  std::vector<std::string> paths;
  bool dry_run = false;
  bool json = false;
  std::chrono::milliseconds timeout{
      std::chrono::minutes(10)};  // without a file taken, while the other side has no room
};
int import_paths(const ImportOrder& order, const Remote& remote, const config::Sources& sources);

// At a running serve.
struct Filter {
  std::string cause;
  std::string stage;
  std::string source;
  std::string study;
  std::string state;
};
int studies_list(const Remote& remote, std::int64_t limit, bool json);
int studies_show(const Remote& remote, const std::string& uid);
int studies_erase(const Remote& remote, const std::string& uid, const std::string& reason, bool yes, bool dry_run);
int studies_promote(const Remote& remote, const std::string& id, const std::string& reason, bool yes);
struct EventsOrder {
  std::optional<std::int64_t> after{};  // a position; absent: from the first event that is kept
  std::int64_t limit = 100;             // without `follow`
  bool follow = false;
  bool json = false;
};
int events_print(const Remote& remote, const EventsOrder& order);
int requests_list(const Remote& remote, bool json);
int requests_show(const Remote& remote, const std::string& id);
int requests_fetch(const Remote& remote, const std::string& orthanc_id);
int sources_list(const Remote& remote, bool json);
/// `name`: a door or an AE title.
int sources_show(const Remote& remote, const std::string& name, bool json);
int dead_letters_list(const Remote& remote, const Filter& filter, bool json);
int dead_letters_show(const Remote& remote, const std::string& id, bool json);
int dead_letters_save(const Remote& remote, const std::string& id, const std::string& output);
int dead_letters_replay(const Remote& remote, const std::string& id, const Filter& filter, bool dry_run, bool json);
int dead_letters_discard(const Remote& remote, const std::string& id, const std::string& reason, bool yes);

}  // namespace dmw::app
