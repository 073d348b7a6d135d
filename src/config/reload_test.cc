#include "config/reload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/print.h"
#include "config/test_folder.h"

namespace dmw::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SettleSections, SayWhatDiffersForASourceOrAnAeTitle) {
  TestFolder folder;
  folder.write(kTomlFile,
               "settle_quiet = \"8s\"\n[settle.source.stow]\nquiet = \"5s\"\n[settle.ae.\"CT 01\"]\nquiet = "
               "\"30s\"\nmax = \"20m\"\n");
  const Loaded loaded = folder.load();
  const Settle& settle = loaded.settings.settle;
  EXPECT_EQ(settle.quiet, 8s);
  EXPECT_EQ(settle.by_source.at("stow").quiet, 5s);
  EXPECT_FALSE(settle.by_source.at("stow").max);
  EXPECT_EQ(settle.by_ae.at("CT 01").quiet, 30s);
  EXPECT_EQ(settle.by_ae.at("CT 01").max, 20min);
  EXPECT_EQ(shown(loaded, "settle.ae.CT 01.max").value, "20m");
  EXPECT_EQ(shown(loaded, "settle.ae.CT 01.max").origin, "dicom-middleware.toml:6");
  EXPECT_THAT(print_text(loaded), HasSubstr("settle.source.stow.quiet"));
}

TEST(SettleSections, EveryMistakeHasItsLine) {
  TestFolder folder;
  const auto complaint = [&](const std::string& text) {
    folder.write(kTomlFile, text);
    return folder.errors();
  };
  EXPECT_THAT(complaint("[settle.door.x]\nquiet = \"5s\"\n"), HasSubstr("toml:1: settle.door: is not known"));
  EXPECT_THAT(complaint("[settle.ae.CT01]\nquiet = 5\n"), HasSubstr("settle.ae.CT01.quiet: 5 has no unit"));
  EXPECT_THAT(complaint("[settle.ae.CT01]\nquite = \"5s\"\n"),
              HasSubstr("allowed: quiet, max (dicom-middleware.toml:2)"));
  EXPECT_THAT(complaint("[settle.ae.ABCDEFGHIJKLMNOPQ]\nquiet = \"5s\"\n"), HasSubstr("is not an AE title"));
  EXPECT_THAT(complaint("[settle.ae.CT01]\nquiet = \"2d\"\n"), HasSubstr("is too long"));
  EXPECT_THAT(complaint("[settle.ae.CT01]\nquiet = \"11m\"\n"), HasSubstr("max is shorter than quiet"));
  EXPECT_THAT(complaint("[settle]\nsource = 1\n"), HasSubstr("settle.source: is not known"));
  EXPECT_THAT(complaint("[settle.source]\nstow = 1\n"), HasSubstr("settle.source.stow: is not a section"));
  EXPECT_THAT(complaint("[settle.source.stow.quiet]\nx = 1\n"),
              HasSubstr("settle.source.stow.quiet: the value is neither"));
  EXPECT_THAT(complaint("[orthanc.a]\nurl = \"x\"\n"), HasSubstr("this section is not known"));
}

TEST(Reload, TellsWhatIsInForceAndWhatWaitsForARestart) {
  TestFolder folder;
  folder.write(kTomlFile, "http_port = 8001\n[settle.ae.CT01]\nquiet = \"30s\"\n");
  const Loaded before = folder.load();
  EXPECT_THAT(changes(before, folder.load()).live, IsEmpty());
  folder.write(kTomlFile, "http_port = 8002\nsettle_max = \"20m\"\n[settle.ae.MR01]\nquiet = \"30s\"\n");
  const Changes found = changes(before, folder.load());
  EXPECT_THAT(found.live, ElementsAre("SETTLE_MAX", "settle.ae.MR01.quiet", "settle.ae.CT01.quiet"));
  EXPECT_THAT(found.after_restart, ElementsAre("HTTP_PORT"));
}

}  // namespace
}  // namespace dmw::config
