// Commands of a user who may not ask the serve that runs.
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/test_typing.h"
#include "base/listening.h"
#include "base/log.h"
#include "base/uuid.h"
#include "testing/scratch_folder.h"

namespace dmw::app {
namespace {

using testing::HasSubstr;
using testing::Not;

class ClosedSocket : public testing::Test {
 protected:
  ClosedSocket() {
    ::chmod(folder_.path().c_str(), 0755);
    listener_ = listen_unix(socket()).value();
    ::chmod(socket().c_str(), 0);
    // Rights do not bind the superuser.
    if (::geteuid() == 0) {
      EXPECT_EQ(::seteuid(65'534), 0);
    }
  }
  ~ClosedSocket() override {
    EXPECT_EQ(::seteuid(::getuid()), 0);
    log::configure(log::Level::info, log::Form::text);  // doctor and import set it for their process
  }
  std::string socket() const { return (folder_ / "control.sock").string(); }
  Typed here(std::vector<std::string> words) {
    words.insert(words.begin(), {"--set", "CONTROL_SOCKET=" + socket()});
    return type(words);
  }

  const ScratchFolder folder_ = ScratchFolder::on_disk();
  File listener_;
};

TEST_F(ClosedSocket, EachCommandSaysWhoseItIs) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"studies", "list"}, {"events"}, {"reload"}, {"config", "print", "--running"}, {"import", "/dev/null"}}) {
    const Typed typed = here(words);
    EXPECT_EQ(typed.code, exit_failed) << words[0];
    EXPECT_THAT(typed.err, HasSubstr(socket() + ": permission denied: it belongs to user ")) << words[0];
    EXPECT_THAT(typed.err, HasSubstr("run this command as that user")) << words[0];
  }
}

TEST_F(ClosedSocket, DoctorJudgesNothingForTheWrongUser) {
  const Typed typed = here({"doctor"});
  EXPECT_EQ(typed.code, exit_problems);
  EXPECT_THAT(typed.out, HasSubstr("FAIL  serve     " + socket() + ": permission denied"));
  EXPECT_THAT(typed.out, Not(HasSubstr("end that program")));
  EXPECT_THAT(typed.out, Not(HasSubstr("does not run")));
  EXPECT_THAT(typed.out, HasSubstr("\n1 problem"));
}

}  // namespace
}  // namespace dmw::app
