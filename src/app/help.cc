#include "app/help.h"

#include "base/format.h"

namespace dmw::app {

Result<std::string> help_text(const CLI::App& root, const std::vector<std::string>& words) {
  const CLI::App* command = &root;
  std::string called = root.get_name();
  for (const std::string& word : words) {
    const auto named = command->get_subcommands([&](const CLI::App* below) { return below->check_name(word); });
    if (named.empty()) {
      return fail(Errc::invalid,
                  format("there is no command '{}': see those that there are with {} --help", word, called));
    }
    command = named.front();
    called += " " + word;
  }
  // Not help(): that of the root is the help of the command that was given, which is `help`.
  return command->get_formatter()->make_help(command, called, CLI::AppFormatMode::Normal);
}

}  // namespace dmw::app
