#include "app/command_line.h"

#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/version.h"
#include "config/syntax.h"
#include "config/transport.h"

namespace dmw::app {
namespace {

/// What the command line says, for whichever command it names.
struct Arguments {
  std::vector<std::string> settings;
  Remote remote;
  std::vector<std::string> paths;
  std::vector<std::string> keywords;
  std::string id;
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
};

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

  void filter(CLI::App* command) {
    command->add_option("--cause", arguments_.filter.cause, "only this cause");
    command->add_option("--stage", arguments_.filter.stage, "only this stage: fetch, header, store, record");
    command->add_option("--source", arguments_.filter.source, "only this source");
    command->add_option("--study", arguments_.filter.study, "only of this Study Instance UID");
    command->add_option("--since", arguments_.filter.since,
                        "failed last at this time or later: 12h (ago), 2026-01-31T18:00:00+01:00, or a day (UTC)");
    command->add_option("--until", arguments_.filter.until, "failed last before this time");
  }

  /// Which dead letters a replay or a discard means.
  void selection(CLI::App* command) {
    filter(command);
    command->add_flag("--all", arguments_.all, "all that are open");
    command->add_flag("--dry-run", arguments_.dry_run, "only say how many");
  }

  int act() const { return act_(); }

 private:
  CLI::App& root_;
  Arguments& arguments_;
  std::function<int()> act_;
};

int with_settings(const Arguments& arguments, const std::function<int(const config::Sources&)>& act) {
  const auto flags = flags_of(arguments.settings);
  if (!flags) return report(flags.error(), exit_usage);
  return act(config::Sources::of_process(*flags));
}

/// Commands that speak to a running serve find it by --url, DMW_URL, or the control socket of the settings.
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

void add_local_commands(Grammar& grammar, CLI::App& root, Arguments& a) {
  CLI::App* serve_command = grammar.command(&root, "serve", "run the gateway (this is also what no command does)",
                                            [&a] { return with_settings(a, a.adopt_store ? adopt_and_serve : serve); });
  serve_command->add_flag(
      "--adopt-store", a.adopt_store,
      "once, with a new or restored catalog: first take in what the store holds; nothing is published "
      "again");
  CLI::App* inspect = grammar.command(&root, "inspect", "say what the header of a DICOM file says",
                                      [&a] { return inspect_files(a.paths, a.json); });
  inspect->add_option("FILE", a.paths, "files")->required();
  grammar.json(inspect);
  CLI::App* read_header = grammar.command(&root, "read-header", "",
                                          [&a] { return read_header_for_parent(a.limit, a.keywords, a.paths.at(0)); });
  read_header->group("");  // the program starts this itself, for a header that it does not trust
  read_header->add_option("LIMIT", a.limit)->required();
  read_header->add_option("--keyword", a.keywords);
  read_header->add_option("FILE", a.paths)->required();
  grammar.command(&root, "version", "print the version", [] {
    std::printf("dicom-middleware %s\n", version().c_str());
    return exit_done;
  });

  CLI::App* sample_command =
      grammar.command(&root, "sample", "write a synthetic study, late images and broken files", [&a] {
        return with_settings(
            a, [&a](const config::Sources& sources) { return sample(sources, a.output, a.seed, a.json); });
      });
  sample_command->add_option("DIR", a.output, "a folder that is empty or not there")->required();
  sample_command->add_option("--seed", a.seed, "the same text writes the same files; default: another study each time");
  grammar.json(sample_command);

  CLI::App* backup = grammar.command(&root, "backup", "copy inbox, catalog and store, while serve runs or not", [&a] {
    return with_settings(
        a, [&a](const config::Sources& sources) { return back_up(sources, {a.output, a.without_store, a.json}); });
  });
  backup->add_option("DIR", a.output, "a folder that is empty or not there; it has its name when it is whole")
      ->required();
  backup->add_flag("--without-store", a.without_store, "all but STORAGE_PATH, which you copy afterwards");
  backup->footer("With the settings of serve. How to restore it: docs/operations/backup.md");
  grammar.json(backup);

  CLI::App* doctor = grammar.command(&root, "doctor", "look at every part, and say what to do", [&a] {
    return with_settings(a, [&a](const config::Sources& sources) {
      return a.poc ? examine_move(sources, a.webhook, a.json) : examine(sources, a.json);
    });
  });
  doctor->add_flag("--poc", a.poc, "say what a move from the proof of concept means here, by its .env and environment");
  doctor->add_option("--webhook", a.webhook, "with --poc: the URL at which Orthanc's webhook calls this program")
      ->envname("DICOM_MIDDLEWARE_URL");
  doctor->footer("Changes nothing; serve may run or not. Exit 3 when there are problems.");
  grammar.json(doctor);

  CLI::App* reload_command = grammar.command(
      &root, "reload", "the running serve reads its settings again: passwords, DIMSE_CALLERS, settling",
      [&a] { return with_settings(a, [&a](const config::Sources& sources) { return reload(sources, a.json); }); });
  reload_command->footer(
      "Of .env, dicom-middleware.toml and the files that NAME_FILE names; the environment of serve stays as it was.\n"
      "Exit 0: all is in force; 1: no serve answers; 2: a setting is wrong, nothing was changed; 3: something waits "
      "for "
      "a restart.");
  grammar.json(reload_command);

  CLI::App* config = grammar.group("config", "settings: check, print, docs");
  grammar.command(config, "check", "say whether the settings are right",
                  [&a] { return with_settings(a, config_check); });
  CLI::App* print = grammar.command(config, "print", "each setting and where it comes from; secrets are masked", [&a] {
    return with_settings(a, [&a](const config::Sources& sources) {
      return a.running ? config_print_running(sources, a.json) : config_print(sources, a.json);
    });
  });
  print->add_flag("--running", a.running, "those of the running serve, asked by CONTROL_SOCKET");
  grammar.json(print);
  grammar.command(config, "docs", "the reference of all settings, as Markdown", [] { return config_docs(); });
}

void add_import_command(Grammar& grammar, CLI::App& root, Arguments& a) {
  CLI::App* import = grammar.command(&root, "import", "take in files, folders and zip archives", [&a] {
    const Result<std::chrono::milliseconds> timeout = config::parse_duration(a.timeout);
    if (!timeout) {
      const std::string what = "--timeout " + timeout.error().what + "; allowed: a time such as 30s, 10m, 2h";
      return report(Error{Errc::invalid, what, {}}, exit_usage);
    }
    const ImportOrder order{a.paths, a.dry_run, a.json, *timeout};
    return with_settings(a, [&](const config::Sources& sources) {
      return with_remote(a, [&](const Remote& r) { return import_paths(order, r, sources); });
    });
  });
  import->add_option("PATH", a.paths, "files, folders with all that is in them, zip archives")->required();
  import->add_flag("--dry-run", a.dry_run, "only say what there is");
  import->add_option("--timeout", a.timeout, "end when nothing was taken for so long, because there is no room")
      ->capture_default_str();
  import->footer(
      "Example: dicom-middleware import /media/cdrom\n"
      "Exit 3 when something was set aside. Run it again after a stop: what is known changes nothing.");
  grammar.remote(import);
}

void add_dead_letter_commands(Grammar& grammar, Arguments& a) {
  CLI::App* letters = grammar.group("dead-letters", "what was set aside: list, show, save, replay, jobs, discard");
  const auto one = [&](CLI::App* command, bool required) {
    CLI::Option* option = command->add_option("ID", a.id, "number or id of a dead letter");
    if (required) option->required();
    grammar.remote(command);
  };
  CLI::App* list = grammar.command(letters, "list", "the dead letters, oldest first", [&a] {
    return with_remote(a, [&a](const Remote& r) { return dead_letters_list(r, a.filter, a.json); });
  });
  grammar.filter(list);
  list->add_option("--state", a.filter.state, "open (default), replaying, replayed, discarded, all");
  grammar.remote(list);
  one(grammar.command(
          letters, "show", "all about one",
          [&a] { return with_remote(a, [&a](const Remote& r) { return dead_letters_show(r, a.id, a.json); }); }),
      true);
  CLI::App* save = grammar.command(letters, "save", "write the bytes of one to a file", [&a] {
    return with_remote(a, [&a](const Remote& r) { return dead_letters_save(r, a.id, a.output); });
  });
  one(save, true);
  save->add_option("--output,-o", a.output, "the file to write")->required();
  CLI::App* replay = grammar.command(letters, "replay", "give one, or all that a filter matches, another try", [&a] {
    return with_remote(a, [&a](const Remote& r) {
      return dead_letters_replay(r, {a.id, a.filter, a.all}, a.dry_run, a.wait, a.json);
    });
  });
  one(replay, false);
  grammar.selection(replay);
  replay->add_flag("--wait", a.wait, "until it is known what became of each; exit 3 when some failed again");
  CLI::App* jobs = grammar.command(letters, "jobs", "the replays since serve was started, or all about one", [&a] {
    return with_remote(a, [&a](const Remote& r) { return dead_letters_jobs(r, a.id, a.json); });
  });
  jobs->add_option("JOB", a.id, "id of a job, as replay says it");
  grammar.remote(jobs);
  CLI::App* discard = grammar.command(
      letters, "discard", "give one, or all that a filter matches, up for good; the reason is kept", [&a] {
        return with_remote(a, [&a](const Remote& r) {
          return dead_letters_discard(r, {a.id, a.filter, a.all}, {a.reason, a.yes, a.dry_run, a.json});
        });
      });
  one(discard, false);
  grammar.selection(discard);
  discard->add_option("--reason", a.reason, "why; wanted without --dry-run");
  discard->add_flag("--yes", a.yes, "do not ask");
}

void add_reading_commands(Grammar& grammar, CLI::App& root, Arguments& a) {
  CLI::App* studies = grammar.group("studies", "what is in the catalog: list, show, erase, promote");
  CLI::App* list = grammar.command(studies, "list", "the newest studies", [&a] {
    return with_remote(a, [&a](const Remote& r) { return studies_list(r, a.studies, a.json); });
  });
  list->add_option("--patient-id", a.studies.patient_id, "only of this patient id");
  list->add_option("--accession-number", a.studies.accession_number, "only with this accession number");
  list->add_option("--modality", a.studies.modality, "only with a series of this modality, such as CT");
  list->add_option("--study-date", a.studies.study_date, "only of this day or range: 20260131, 20260101-20260131");
  list->add_option("--source", a.studies.source, "only from this source, as sources list names it");
  list->add_option("--calling-ae", a.studies.calling_ae, "only from this calling AE title");
  list->add_option("--updated-since", a.studies.updated_since,
                   "only changed since: 12h (ago), 2026-01-31T18:00:00+01:00, or a day (UTC)");
  list->add_option("--flags", a.studies.flags, "only with all of these flags, such as patient_mismatch,conflict");
  list->add_option("--limit", a.studies.limit, "how many")->check(CLI::Range(1, 1000))->capture_default_str();
  grammar.remote(list);
  CLI::App* show =
      grammar.command(studies, "show", "one study, its revisions, and versions where there are several",
                      [&a] { return with_remote(a, [&a](const Remote& r) { return studies_show(r, a.id, a.json); }); });
  show->add_option("STUDY", a.id, "Study Instance UID")->required();
  grammar.remote(show);
  CLI::App* erase = grammar.command(studies, "erase", "remove a study for good; the reason is kept", [&a] {
    return with_remote(a,
                       [&a](const Remote& r) { return studies_erase(r, a.id, {a.reason, a.yes, a.dry_run, a.json}); });
  });
  erase->add_option("STUDY", a.id, "Study Instance UID")->required();
  CLI::App* promote = grammar.command(studies, "promote", "make a version the current one of its instance", [&a] {
    return with_remote(a, [&a](const Remote& r) { return studies_promote(r, a.id, {a.reason, a.yes, false, a.json}); });
  });
  promote->add_option("VERSION", a.id, "id of the version, as show says it")->required();
  for (CLI::App* decision : {erase, promote}) {
    decision->add_option("--reason", a.reason, "why");
    decision->add_flag("--yes", a.yes, "do not ask");
    grammar.remote(decision);
  }
  erase->add_flag("--dry-run", a.dry_run, "only say what would go");

  CLI::App* events = grammar.command(&root, "events", "the events, as every reader gets them", [&a] {
    return with_remote(
        a, [&a](const Remote& r) { return events_print(r, {a.after, a.limit, a.follow, a.json, a.events}); });
  });
  events->add_flag("--follow", a.follow, "and then each new one as it comes");
  events->add_option("--after", a.after, "only those after this position; default: from the first that is kept");
  events->add_option("--limit", a.limit, "how many at most, without --follow")->check(CLI::Range(1, 1000));
  events->add_option("--since", a.events.since,
                     "only those of this time or later: 12h (ago), 2026-01-31T18:00:00+01:00, or a day (UTC)");
  events->add_option("--until", a.events.until, "only those before this time");
  events->add_option("--study", a.events.study, "only those of this Study Instance UID");
  events->add_option("--type", a.events.type, "only study.received, study.updated, study.deleted or item.set_aside");
  grammar.remote(events);

  CLI::App* requests = grammar.group("requests", "what is being fetched: list, show, fetch");
  grammar.remote(grammar.command(requests, "list", "the newest requests", [&a] {
    return with_remote(a, [&a](const Remote& r) { return requests_list(r, a.json); });
  }));
  CLI::App* request = grammar.command(requests, "show", "one request", [&a] {
    return with_remote(a, [&a](const Remote& r) { return requests_show(r, a.id); });
  });
  request->add_option("ID", a.id, "of the request")->required();
  grammar.remote(request);
  CLI::App* fetch = grammar.command(requests, "fetch", "ask for a study of the Orthanc", [&a] {
    return with_remote(a, [&a](const Remote& r) { return requests_fetch(r, a.id); });
  });
  fetch->add_option("ORTHANC-ID", a.id, "Orthanc's identifier of the study")->required();
  grammar.remote(fetch);
}

void add_source_commands(Grammar& grammar, Arguments& a) {
  CLI::App* sources = grammar.group("sources", "where instances come from: list, show, echo");
  grammar.remote(grammar.command(sources, "list", "the doors, and who has called", [&a] {
    return with_remote(a, [&a](const Remote& r) { return sources_list(r, a.json); });
  }));
  CLI::App* show = grammar.command(sources, "show", "one source, and why associations of it were refused", [&a] {
    return with_remote(a, [&a](const Remote& r) { return sources_show(r, a.id, a.json); });
  });
  show->add_option("NAME", a.id, "a door (dimse: of everybody) or an AE title")->required();
  grammar.remote(show);
  CLI::App* echo = grammar.command(sources, "echo", "ask a DICOM peer whether it answers (C-ECHO)", [&a] {
    return with_settings(a, [&a](const config::Sources& settings) { return sources_echo(settings, a.id, a.json); });
  });
  echo->add_option("PEER", a.id, "AE@HOST:PORT")->required();
  grammar.json(echo);
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App root(
      "DICOM Middleware: every study that arrives is kept, catalogued and announced.\n\n"
      "Example: ORTHANC_URL=http://127.0.0.1:8042 dicom-middleware serve");
  Arguments arguments;
  Grammar grammar(root, arguments);
  root.add_option("--set", arguments.settings, "NAME=VALUE, before the environment and all files; may be repeated");
  root.require_subcommand(0, 1);
  root.fallthrough();
  add_local_commands(grammar, root, arguments);
  add_import_command(grammar, root, arguments);
  add_reading_commands(grammar, root, arguments);
  add_dead_letter_commands(grammar, arguments);
  add_source_commands(grammar, arguments);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return root.exit(error) == 0 ? exit_done : exit_usage;
  }
  if (root.get_subcommands().empty()) return with_settings(arguments, serve);
  return grammar.act();
}

}  // namespace dmw::app
