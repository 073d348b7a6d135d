#include "app/help.h"

#include "base/format.h"

namespace dmw::app {
namespace {

const CLI::App* below(const CLI::App& command, const std::string& word) {
  const auto named = command.get_subcommands([&](const CLI::App* one) { return one->check_name(word); });
  return named.empty() ? nullptr : named.front();
}

std::string not_a_command(const std::string& word, const std::string& called) {
  return format("there is no command '{}': list the commands with {} --help", word, called);
}

}  // namespace

Result<std::string> help_text(const CLI::App& root, const std::vector<std::string>& words) {
  const CLI::App* command = &root;
  std::string called = root.get_name();
  for (const std::string& word : words) {
    const CLI::App* const named = below(*command, word);
    if (named == nullptr) return fail(Errc::invalid, not_a_command(word, called));
    command = named;
    called += " " + word;
  }
  // Not help(): for the root that returns the help of the current command, which is `help`.
  return command->get_formatter()->make_help(command, called, CLI::AppFormatMode::Normal);
}

std::optional<std::string> no_such_command(const CLI::App& root, const std::vector<std::string>& typed) {
  const CLI::App* command = &root;
  std::string called = root.get_name();
  for (const std::string& word : typed) {
    if (word.starts_with('-')) return std::nullopt;
    const CLI::App* const named = below(*command, word);
    if (named == nullptr && command->get_require_subcommand_min() == 0) return std::nullopt;
    if (named == nullptr) return not_a_command(word, called);
    command = named;
    called += " " + word;
  }
  return std::nullopt;
}

}  // namespace dmw::app
