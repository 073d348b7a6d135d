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
            "dicom-middleware: there is no command 'delete': see those that there are with dicom-middleware studies "
            "--help\n");
  EXPECT_EQ(type({"help", "nonsense"}).code, exit_usage);
}

TEST(CommandLine, HelpIsInTheListOfCommands) {
  EXPECT_THAT(type({"--help"}).out, HasSubstr("\n  help "));
}

}  // namespace
}  // namespace dmw::app
