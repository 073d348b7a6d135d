// How the commands are called that ask a running serve.
#include <chrono>

#include "app/grammar.h"
#include "base/format.h"
#include "config/syntax.h"
#include "model/flags.h"

namespace dmw::app {
namespace {

std::string flag_names() {
  std::string names;
  for (const std::string_view name : Flags::from_bits(~0U).names())
    names += format("{}{}", names.empty() ? "" : ", ", name);
  return names;
}

void add_import_command(Grammar& grammar, CLI::App& root, Arguments& a) {
  CLI::App* import = grammar.command(&root, "import", "import files, folders and zip archives", [&a] {
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
  import->add_option("PATH", a.paths, "files, folders with their subfolders, zip archives")->required();
  import->add_flag("--dry-run", a.dry_run, "only list the files");
  import->add_option("--timeout", a.timeout, "stop if no file was accepted for this time, for lack of free space")
      ->capture_default_str();
  import->footer(
      "Example: dicom-middleware import /media/cdrom\n"
      "Exit 3 when a file became a dead letter. Run it again after a stop: files that are already known change "
      "nothing.");
  grammar.remote(import);
}

void add_dead_letter_commands(Grammar& grammar, Arguments& a) {
  CLI::App* letters = grammar.group(
      "dead-letters", "files and requests that could not be processed: list, show, save, replay, jobs, discard");
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
          letters, "show", "everything about one",
          [&a] { return with_remote(a, [&a](const Remote& r) { return dead_letters_show(r, a.id, a.json); }); }),
      true);
  CLI::App* save = grammar.command(letters, "save", "save the original file of one", [&a] {
    return with_remote(a, [&a](const Remote& r) { return dead_letters_save(r, a.id, a.output); });
  });
  one(save, true);
  save->add_option("--output,-o", a.output, "the file to write")->required();
  CLI::App* replay = grammar.command(letters, "replay", "process one, or all that a filter matches, again", [&a] {
    return with_remote(a, [&a](const Remote& r) {
      return dead_letters_replay(r, {a.id, a.filter, a.all}, a.dry_run, a.wait, a.json);
    });
  });
  one(replay, false);
  grammar.selection(replay);
  replay->add_flag("--wait", a.wait, "until each has a result; exit 3 when some failed again");
  CLI::App* jobs = grammar.command(
      letters, "jobs", "the replays since serve was started, or everything about one",
      [&a] { return with_remote(a, [&a](const Remote& r) { return dead_letters_jobs(r, a.id, a.json); }); });
  jobs->add_option("JOB", a.id, "id of a job, as printed by replay");
  grammar.remote(jobs);
  CLI::App* discard = grammar.command(
      letters, "discard", "close one, or all that a filter matches, without processing; the reason is kept", [&a] {
        return with_remote(a, [&a](const Remote& r) {
          return dead_letters_discard(r, {a.id, a.filter, a.all}, {a.reason, a.yes, a.dry_run, a.json});
        });
      });
  one(discard, false);
  grammar.selection(discard);
  discard->add_option("--reason", a.reason, "the reason; needed without --dry-run");
  discard->add_flag("--yes", a.yes, "do not ask");
}

void add_reading_commands(Grammar& grammar, CLI::App& root, Arguments& a) {
  CLI::App* studies = grammar.group("studies", "what is in the catalog: list, show, erase, promote");
  CLI::App* list = grammar.command(studies, "list", "the newest studies", [&a] {
    a.studies.limit = a.limit;
    return with_remote(a, [&a](const Remote& r) { return studies_list(r, a.studies, a.json); });
  });
  grammar.only(list, "--patient-id", a.studies.patient_id, "only of this patient id");
  grammar.only(list, "--accession-number", a.studies.accession_number, "only with this accession number");
  grammar.only(list, "--modality", a.studies.modality, "only with a series of this modality, such as CT");
  grammar.only(list, "--study-date", a.studies.study_date, "only of this day or range: 20260131, 20260101-20260131");
  grammar.only(list, "--source", a.studies.source, "only from this source, as sources list names it");
  grammar.only(list, "--calling-ae", a.studies.calling_ae, "only from this calling AE title");
  grammar.only_time(list, "--updated-since", a.studies.updated_since,
                    "only changed since: 12h (ago), 2026-01-31T18:00:00+01:00, or a day (UTC)");
  grammar.only(list, "--flags", a.studies.flags,
               "only with all of these flags, with commas between them: " + flag_names());
  grammar.limit(list);
  grammar.remote(list);
  CLI::App* show =
      grammar.command(studies, "show", "one study, its revisions, and instances with several versions",
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
  erase->add_flag("--dry-run", a.dry_run, "only list what would be erased");

  CLI::App* events = grammar.command(&root, "events", "the events, as Kafka gets them", [&a] {
    return with_remote(
        a, [&a](const Remote& r) { return events_print(r, {a.after, a.events_limit, a.follow, a.json, a.events}); });
  });
  events->add_flag("--follow", a.follow, "and then each new one as it comes");
  events->add_option("--after", a.after, "only those after this position; default: from the first one in the log");
  events->add_option("--limit", a.events_limit, "at most this many, without --follow; default: all that exist now")
      ->check(CLI::PositiveNumber);
  grammar.only_time(events, "--since", a.events.since,
                    "only those of this time or later: 12h (ago), 2026-01-31T18:00:00+01:00, or a day (UTC)");
  grammar.only_time(events, "--until", a.events.until, "only those before this time");
  grammar.only(events, "--study", a.events.study, "only those of this Study Instance UID");
  grammar.only(events, "--type", a.events.type, "only study.received, study.updated, study.deleted or item.set_aside");
  grammar.remote(events);

  CLI::App* requests = grammar.group("requests", "requests to fetch studies: list, show, fetch");
  CLI::App* newest = grammar.command(requests, "list", "the newest requests", [&a] {
    return with_remote(a, [&a](const Remote& r) { return requests_list(r, a.limit, a.json); });
  });
  grammar.limit(newest);
  grammar.remote(newest);
  CLI::App* request = grammar.command(requests, "show", "one request", [&a] {
    return with_remote(a, [&a](const Remote& r) { return requests_show(r, a.id, a.json); });
  });
  request->add_option("ID", a.id, "of the request")->required();
  grammar.remote(request);
  CLI::App* fetch = grammar.command(requests, "fetch", "fetch a study from an Orthanc", [&a] {
    return with_remote(a, [&a](const Remote& r) { return requests_fetch(r, a.id, a.source, a.json); });
  });
  fetch->add_option("ORTHANC-ID", a.id, "Orthanc's identifier of the study")->required();
  fetch->add_option("--source", a.source, "the Orthanc that has it, as sources list names it; default: orthanc");
  grammar.remote(fetch);
}

void add_source_commands(Grammar& grammar, Arguments& a) {
  CLI::App* sources = grammar.group("sources", "where instances come from: list, show, echo");
  grammar.remote(grammar.command(sources, "list", "the intakes and their callers", [&a] {
    return with_remote(a, [&a](const Remote& r) { return sources_list(r, a.json); });
  }));
  CLI::App* show = grammar.command(sources, "show", "one source, and its refused associations", [&a] {
    return with_remote(a, [&a](const Remote& r) { return sources_show(r, a.id, a.limit, a.json); });
  });
  grammar.limit(show);
  show->add_option("NAME", a.id, "an intake (dimse: all associations) or an AE title")->required();
  grammar.remote(show);
  CLI::App* echo = grammar.command(sources, "echo", "check that a DICOM peer answers (C-ECHO)", [&a] {
    return with_settings(a, [&a](const config::Sources& settings) { return sources_echo(settings, a.id, a.json); });
  });
  echo->add_option("PEER", a.id, "AE@HOST:PORT")->required();
  grammar.json(echo);
}

}  // namespace

void add_remote_commands(Grammar& grammar, CLI::App& root, Arguments& arguments) {
  add_import_command(grammar, root, arguments);
  add_reading_commands(grammar, root, arguments);
  add_dead_letter_commands(grammar, arguments);
  add_source_commands(grammar, arguments);
}

}  // namespace dmw::app
