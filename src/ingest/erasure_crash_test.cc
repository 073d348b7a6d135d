// Kills a process at each step of an erasure; the next one ends what it began, and nobody is told twice.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "care/manifest_sweep.h"
#include "catalog/erasing.h"
#include "ingest/removal.h"
#include "ingest/test_bench.h"

namespace dmw::ingest {
namespace {

namespace fs = std::filesystem;

constexpr const char* directory_variable = "DMW_ERASURE_CRASH_TEST";
const StudyUid study("1.2");

std::unique_ptr<Bench> bench_in(const fs::path& directory) {
  return std::make_unique<Bench>(HeaderProcess("/bin/false", {}), std::set<std::string>(), directory);
}

Result<> settle(Bench& bench) {
  const std::unique_ptr<Settler> settler = bench.settler();
  TRY(settler->pass());
  bench.clock.advance(10s);
  TRY(settler->pass());
  return {};
}

/// The whole of it, whatever was done before.
Result<> erase(Bench& bench) {
  const auto ordered = catalog::erase(bench.database(),
                                      {study, Bench::door("person"), "anna", "asked for", std::chrono::milliseconds(0)},
                                      bench.clock.now());
  if (!ordered && ordered.error().code != Errc::gone) return std::unexpected(ordered.error());
  TRY(settle(bench));
  while (TRY(Removal(bench.database(), bench.store(), bench.metrics).pass(bench.clock.now()))) {
  }
  care::ManifestSweep sweep("me", bench.database(), bench.store(), bench.clock);
  while (TRY(sweep.pass())) {
  }
  return {};
}

void die(const fs::path& directory, const std::string& point) {
  ::setenv("DMW_CRASH_AT", point.c_str(), 1);
  static_cast<void>(erase(*bench_in(directory)));
}

class ErasureCrash : public testing::TestWithParam<const char*> {};

TEST_P(ErasureCrash, IsEndedByTheNextProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  // The process that dies runs this test again from its start: it finds the directory of the one that watches.
  std::optional<ScratchFolder> owned;
  if (std::getenv(directory_variable) == nullptr) {
    owned.emplace();
    ::setenv(directory_variable, owned->path().c_str(), 1);
    const auto bench = bench_in(owned->path());
    bench->keep(instance("1.2", "1.2.1.1"));
    bench->keep(instance("1.2", "1.2.1.2"));
    ASSERT_TRUE(bench->ingest());
    ASSERT_TRUE(settle(*bench));
  }
  const fs::path directory = std::getenv(directory_variable);
  EXPECT_EXIT(die(directory, GetParam()), testing::KilledBySignal(SIGKILL), "");
  ::unsetenv(directory_variable);

  const auto bench = bench_in(directory);
  const Result<> ended = erase(*bench);
  ASSERT_TRUE(ended) << ended.error().message();
  std::vector<std::string> types;
  for (const Event& event : bench->events()) {
    for (const char* type : {"study.received", "study.updated", "study.deleted"}) {
      if (event.body.find(type) != std::string::npos) types.emplace_back(type);
    }
  }
  EXPECT_EQ(types, (std::vector<std::string>{"study.received", "study.deleted"}));
  EXPECT_EQ(bench->number("select count(*) from erased_objects"), 0);
  EXPECT_EQ(bench->number("select count(*) from erasures"), 0);
  EXPECT_EQ(bench->number("select count(*) from audit"), 1);
  std::vector<std::string> left;
  for (const auto& entry : fs::recursive_directory_iterator(directory / "store" / "studies")) {
    if (entry.is_regular_file()) left.push_back(entry.path().filename());
  }
  ASSERT_EQ(left.size(), 1U);
  EXPECT_TRUE(left[0].starts_with("1.2_r2.e")) << "the tombstone alone";
}

INSTANTIATE_TEST_SUITE_P(Points, ErasureCrash,
                         testing::Values("erase.before_commit:1", "erase.after_commit:1", "settle.after_manifest:1",
                                         "settle.before_commit:1", "erase.before_object:2",
                                         "erase.between_object_and_row:1"),
                         [](const auto& one) {
                           std::string name = one.param;
                           std::ranges::replace_if(name, [](char c) { return c == '.' || c == ':'; }, '_');
                           return name;
                         });

}  // namespace
}  // namespace dmw::ingest
