// The command line as a person types it.
#include "app/command_line.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/test_typing.h"

namespace dmw::app {
namespace {

using testing::HasSubstr;

TEST(CommandLine, HelpSaysWhatTheOptionSays) {
  const std::vector<std::vector<std::string>> commands = {{},
                                                          {"serve"},
                                                          {"import"},
                                                          {"dead-letters"},
                                                          {"dead-letters", "replay"},
                                                          {"config", "print"},
                                                          {"studies", "list"}};
  for (const std::vector<std::string>& command : commands) {
    std::vector<std::string> asked = {"help"};
    asked.insert(asked.end(), command.begin(), command.end());
    std::vector<std::string> option = command;
    option.emplace_back("--help");
    const Typed help = type(asked);
    EXPECT_EQ(help.code, exit_done);
    EXPECT_EQ(help.out, type(option).out);
    EXPECT_THAT(help.out, HasSubstr("Usage: "));
    EXPECT_EQ(help.err, "");
  }
}

TEST(CommandLine, HelpRefusesAWordThatIsNoCommand) {
  const Typed wrong = type({"help", "studies", "delete"});
  EXPECT_EQ(wrong.code, exit_usage);
  EXPECT_EQ(wrong.out, "");
  EXPECT_EQ(wrong.err,
            "dicom-middleware: there is no command 'delete': list the commands with dicom-middleware studies "
            "--help\n");
  EXPECT_EQ(type({"help", "nonsense"}).code, exit_usage);
}

TEST(CommandLine, AWordThatIsNoCommandOfItsGroupIsNamed) {
  const Typed wrong = type({"studies", "lst"});
  EXPECT_EQ(wrong.code, exit_usage);
  EXPECT_EQ(wrong.err,
            "dicom-middleware: there is no command 'lst': list the commands with dicom-middleware studies "
            "--help\n");
  EXPECT_THAT(type({"studies"}).err, HasSubstr("subcommand is required"));
  EXPECT_EQ(type({"studies"}).code, exit_usage);
}

/// Refused before anybody is asked: nobody listens at this URL.
TEST(CommandLine, AnEmptyFilterIsRefused) {
  const std::vector<std::vector<std::string>> wrong = {{"studies", "list", "--patient-id", ""},
                                                       {"studies", "list", "--accession-number="},
                                                       {"studies", "list", "--flags", ""},
                                                       {"studies", "list", "--updated-since", ""},
                                                       {"events", "--study", ""},
                                                       {"events", "--since", ""},
                                                       {"dead-letters", "list", "--cause", ""},
                                                       {"dead-letters", "discard", "--study", "", "--dry-run"},
                                                       {"dead-letters", "replay", "--until", ""}};
  for (std::vector<std::string> words : wrong) {
    const std::string option = words[words[0] == "events" ? 1 : 2];
    words.insert(words.end(), {"--url", "http://127.0.0.1:9"});
    const Typed typed = type(words);
    EXPECT_EQ(typed.code, exit_usage) << option;
    EXPECT_EQ(typed.out, "") << option;
    EXPECT_THAT(typed.err, HasSubstr(option.substr(0, option.find('=')))) << option;
  }
}

TEST(CommandLine, HelpNamesTheFlags) {
  EXPECT_THAT(type({"studies", "list", "--help"}).out, HasSubstr("patient_mismatch"));
  EXPECT_THAT(type({"studies", "list", "--help"}).out, HasSubstr("promoted"));
}

TEST(CommandLine, HelpIsInTheListOfCommands) {
  EXPECT_THAT(type({"--help"}).out, HasSubstr("\n  help "));
}

}  // namespace
}  // namespace dmw::app
