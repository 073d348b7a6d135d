// What each command does. They return the exit code (command_line.h) and have said everything there is to say.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/remote.h"
#include "base/clock.h"
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
/// What the serve at the control socket runs with.
int config_print_running(const config::Sources& sources, bool json);
/// It reads its settings again. Exit 2: they are wrong, and nothing was changed; 3: something waits for a restart.
int reload(const config::Sources& sources, bool json);
/// The command `doctor`.
int examine(const config::Sources& sources, bool json);
/// The same with `--poc`: for a site that comes from the proof of concept. `webhook`: where Orthanc calls us; empty:
/// untold.
int examine_move(const config::Sources& sources, const std::string& webhook, bool json);
/// An empty seed: another study each time. The settings say how large a header is too large.
int sample(const config::Sources& sources, const std::string& folder, const std::string& seed, bool json);
struct BackupOrder {
  std::string folder;
  bool without_store = false;
  bool json = false;
};
/// Beside a running serve, or without one.
int back_up(const config::Sources& sources, const BackupOrder& order);
Result<std::string> control_socket(const config::Sources& sources);
/// The running serve at the control socket, also where other settings are wrong.
Remote serve_of(const config::Sources& sources);
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
  std::string since;  // a time of the API, or how long ago: "12h"
  std::string until;
  bool empty() const { return (cause + stage + source + study + since + until).empty(); }
};
/// Filters of `studies list`, by their names in the API; empty: any.
struct StudyQuery {
  std::string patient_id;
  std::string accession_number;
  std::string modality;
  std::string study_date;
  std::string source;
  std::string calling_ae;
  std::string updated_since;
  std::string flags;
  std::int64_t limit = 100;
};
/// What is decided about something for good: with a reason, and after a question unless `yes`.
struct Decision {
  std::string reason;
  bool yes = false;
  bool dry_run = false;
  bool json = false;
};
/// Asks on a terminal; without one nobody has said yes.
bool confirmed(const std::string& question);
/// "12h" as the time that long ago; every other text as it is.
std::string moment_of(const std::string& text, MicrosUtc now);
int studies_list(const Remote& remote, const StudyQuery& query, bool json);
int studies_show(const Remote& remote, const std::string& uid, bool json);
int studies_erase(const Remote& remote, const std::string& uid, const Decision& decision);
int studies_promote(const Remote& remote, const std::string& id, const Decision& decision);
/// Filters of `events`, as those of the API; empty: any.
struct EventsQuery {
  std::string since{};  // a time of the API, or how long ago: "12h"
  std::string until{};
  std::string study{};
  std::string type{};
};
struct EventsOrder {
  std::optional<std::int64_t> after{};  // a position; absent: from the first event that is kept
  std::optional<std::int64_t> limit{};  // without `follow`; absent: all existing ones
  bool follow = false;
  bool json = false;
  EventsQuery query{};
};
int events_print(const Remote& remote, const EventsOrder& order);
/// The newest `limit`.
int requests_list(const Remote& remote, std::int64_t limit, bool json);
int requests_show(const Remote& remote, const std::string& id, bool json);
/// `source`: the name of an Orthanc; empty: the one that is meant when none is named.
int requests_fetch(const Remote& remote, const std::string& orthanc_id, const std::string& source, bool json);
int sources_list(const Remote& remote, bool json);
/// `name`: a door or an AE title, with its newest `limit` associations that did not end well.
int sources_show(const Remote& remote, const std::string& name, std::int64_t limit, bool json);
int dead_letters_list(const Remote& remote, const Filter& filter, bool json);
int dead_letters_show(const Remote& remote, const std::string& id, bool json);
int dead_letters_save(const Remote& remote, const std::string& id, const std::string& output);
/// One dead letter, those that match a filter, or all open ones: exactly one of the three.
struct Selection {
  std::string id;
  Filter filter;
  bool all = false;
};
int dead_letters_replay(const Remote& remote, const Selection& selection, bool dry_run, bool wait, bool json);
int dead_letters_discard(const Remote& remote, const Selection& selection, const Decision& decision);
/// An empty `id`: all jobs.
int dead_letters_jobs(const Remote& remote, const std::string& id, bool json);

}  // namespace dmw::app
