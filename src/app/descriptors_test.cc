#include "app/descriptors.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <sys/resource.h>

namespace dmw::app {
namespace {

using testing::HasSubstr;

TEST(Descriptors, GrowWithTheSettings) {
  config::Settings settings;
  settings.dimse.port = 11112;
  settings.dimse.associations = 100;
  settings.http.uploads = 100;
  const std::uint64_t usual = descriptors_needed(settings);
  EXPECT_GT(usual, 1'300U);
  settings.dimse.associations = 1'000;
  EXPECT_EQ(descriptors_needed(settings), usual + 2'700);
  settings.dimse.port = 0;
  EXPECT_LT(descriptors_needed(settings), usual) << "a closed door needs none";
}

/// In a separate process, because it changes the limits of the process.
int with_limits(rlim_t soft, rlim_t hard, std::uint64_t needed, rlim_t expected, bool enough) {
  const rlimit limits{soft, hard};
  if (::setrlimit(RLIMIT_NOFILE, &limits) != 0) return 2;
  const Descriptors raised = raise_descriptors(needed);
  rlimit now{};
  ::getrlimit(RLIMIT_NOFILE, &now);
  return now.rlim_cur == expected && raised.allowed == expected && raised.enough() == enough ? 0 : 1;
}

TEST(DescriptorsDeathTest, AreRaisedAsFarAsTheyAreNeededAndAllowed) {
  EXPECT_EXIT(std::exit(with_limits(200, 500, 300, 300, true)), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(std::exit(with_limits(200, 250, 300, 250, false)), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(std::exit(with_limits(400, 500, 300, 400, true)), testing::ExitedWithCode(0), "") << "never lowered";
}

TEST(Descriptors, SayWhatToDo) {
  const std::string words = Descriptors{.needed = 2'000, .allowed = 1'024, .most = 1'024}.words();
  for (const char* part : {"1024", "2000", "DIMSE_ASSOCIATIONS", "LimitNOFILE", "--ulimit"})
    EXPECT_THAT(words, HasSubstr(part));
}

}  // namespace
}  // namespace dmw::app
