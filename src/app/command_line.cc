#include "app/command_line.h"

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/grammar.h"
#include "app/help.h"
#include "app/version.h"

namespace dmw::app {
namespace {

void add_local_commands(Grammar& grammar, CLI::App& root, Arguments& a) {
  CLI::App* serve_command = grammar.command(&root, "serve", "run the gateway (also without a command)",
                                            [&a] { return with_settings(a, a.adopt_store ? adopt_and_serve : serve); });
  serve_command->add_flag(
      "--adopt-store", a.adopt_store,
      "once, with a new or restored catalog: first add the objects of the store to it; nothing is published again");
  CLI::App* inspect = grammar.command(&root, "inspect", "print the header of a DICOM file",
                                      [&a] { return inspect_files(a.paths, a.json); });
  inspect->add_option("FILE", a.paths, "files")->required();
  grammar.json(inspect);
  CLI::App* read_header = grammar.command(&root, "read-header", "",
                                          [&a] { return read_header_for_parent(a.limit, a.keywords, a.paths.at(0)); });
  read_header->group("");  // hidden: the program starts this command itself for untrusted headers
  read_header->add_option("LIMIT", a.limit)->required();
  read_header->add_option("--keyword", a.keywords);
  read_header->add_option("FILE", a.paths)->required();
  grammar.command(&root, "version", "print the version", [] {
    std::printf("dicom-middleware %s\n", version().c_str());
    return exit_done;
  });
  CLI::App* help = grammar.command(&root, "help", "print the help of a command, as its --help does", [&a, &root] {
    const Result<std::string> text = help_text(root, a.words);
    if (!text) return report(text.error(), exit_usage);
    std::printf("%s", text->c_str());
    return static_cast<int>(exit_done);
  });
  help->add_option("COMMAND", a.words, "the command, such as studies list; without one: all commands");

  CLI::App* sample_command =
      grammar.command(&root, "sample", "write a synthetic study, late images and broken files", [&a] {
        return with_settings(
            a, [&a](const config::Sources& sources) { return sample(sources, a.output, a.seed, a.json); });
      });
  sample_command->add_option("DIR", a.output, "an empty or new folder")->required();
  sample_command->add_option("--seed", a.seed, "the same text writes the same files; default: another study each time");
  grammar.json(sample_command);

  CLI::App* backup = grammar.command(&root, "backup", "copy inbox, catalog and store; serve may be running", [&a] {
    return with_settings(
        a, [&a](const config::Sources& sources) { return back_up(sources, {a.output, a.without_store, a.json}); });
  });
  backup->add_option("DIR", a.output, "an empty or new folder; it gets its name when the backup is complete")
      ->required();
  backup->add_flag("--without-store", a.without_store, "everything except STORAGE_PATH, which you copy afterwards");
  backup->footer("With the settings of serve. How to restore it: docs/operations/backup.md");
  grammar.json(backup);

  CLI::App* doctor = grammar.command(&root, "doctor", "check every part, and say what to do", [&a] {
    return with_settings(a, [&a](const config::Sources& sources) {
      return a.poc ? examine_move(sources, a.webhook, a.json) : examine(sources, a.json);
    });
  });
  doctor->add_flag("--poc", a.poc,
                   "report what a move from the proof of concept changes here, from its .env and environment");
  doctor->add_option("--webhook", a.webhook, "with --poc: the URL at which Orthanc's webhook calls this program")
      ->envname("DICOM_MIDDLEWARE_URL");
  doctor->footer("Changes nothing; serve may be running. Exit 3 when there are problems.");
  grammar.json(doctor);

  CLI::App* reload_command = grammar.command(
      &root, "reload", "the running serve reads its settings again: passwords, DIMSE_CALLERS, SETTLE_*",
      [&a] { return with_settings(a, [&a](const config::Sources& sources) { return reload(sources, a.json); }); });
  reload_command->footer(
      "Of .env, dicom-middleware.toml and the files that NAME_FILE names; the environment of serve stays as it was.\n"
      "Exit 0: all is in force; 1: no serve answers; 2: a setting is wrong, nothing was changed; 3: something waits "
      "for "
      "a restart.");
  grammar.json(reload_command);

  CLI::App* config = grammar.group("config", "settings: check, print, docs");
  grammar.command(config, "check", "check the settings", [&a] { return with_settings(a, config_check); });
  CLI::App* print = grammar.command(config, "print", "print each setting and its origin; secrets are masked", [&a] {
    return with_settings(a, [&a](const config::Sources& sources) {
      return a.running ? config_print_running(sources, a.json) : config_print(sources, a.json);
    });
  });
  print->add_flag("--running", a.running, "the settings of the running serve, asked by CONTROL_SOCKET");
  grammar.json(print);
  grammar.command(config, "docs", "the reference of all settings, as Markdown", [] { return config_docs(); });
}

/// Finds `--patient-id=`, for which the parser would use the next word as the value.
std::optional<std::string> option_without_value(const std::vector<std::string>& typed) {
  for (const std::string& word : typed) {
    if (word == "--") return std::nullopt;
    if (word.starts_with("--") && word.find('=') == word.size() - 1) return word.substr(0, word.size() - 1);
  }
  return std::nullopt;
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App root(
      "DICOM Middleware: keeps, catalogues and publishes every study that arrives.\n\n"
      "Example: ORTHANC_URL=http://127.0.0.1:8042 dicom-middleware serve");
  Arguments arguments;
  Grammar grammar(root, arguments);
  root.add_option("--set", arguments.settings, "NAME=VALUE, before the environment and all files; may be repeated");
  root.require_subcommand(0, 1);
  root.fallthrough();
  add_local_commands(grammar, root, arguments);
  add_remote_commands(grammar, root, arguments);
  const std::vector<std::string> typed(argv + 1, argv + argc);
  if (const auto empty = option_without_value(typed))
    return report(Error{Errc::invalid, *empty + " must not be empty", {}}, exit_usage);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (const auto wrong = no_such_command(root, typed)) return report(Error{Errc::invalid, *wrong, {}}, exit_usage);
    return root.exit(error) == 0 ? exit_done : exit_usage;
  }
  if (root.get_subcommands().empty()) return with_settings(arguments, serve);
  return grammar.act();
}

}  // namespace dmw::app
