// The cases of the corpus for which there may be several versions of an instance.
#include <algorithm>
#include <cstdlib>
#include <map>

#include <gmock/gmock.h>

#include "api/test_versions.h"

namespace dmw::api {
namespace {

using ingest::Bench;
using testing::ElementsAre;
using testing::IsSupersetOf;

/// The cases of the corpus, which is no part of the repository: DMW_CORPUS names its directory.
class VersionsOfTheCorpus : public Versions {
 protected:
  void SetUp() override {
    const char* const corpus = std::getenv("DMW_CORPUS");
    if (corpus == nullptr) GTEST_SKIP() << "DMW_CORPUS is not set: the corpus is not read";
    synthetic_ = std::filesystem::path(corpus) / "synthetic";
    begin();
  }
  std::string file(std::string_view name) { return read_file(synthetic_ / name); }
  void arrive_all(std::string_view folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(synthetic_ / folder)) files.push_back(entry.path());
    std::ranges::sort(files);
    for (const auto& path : files) bench_->keep_from(Bench::door("folder"), read_file(path));
    ingest_all();
  }
  std::string only_study() {
    const json::object page = ask("/api/v1/studies");
    EXPECT_EQ(page.at("studies").as_array().size(), 1U);
    return *json::get_string(page.at("studies").as_array()[0].as_object(), "study_instance_uid");
  }

  std::filesystem::path synthetic_;
};

TEST_F(VersionsOfTheCorpus, ConflictsInAnyOrder) {
  std::vector<std::string> order;
  for (const auto& entry : std::filesystem::directory_iterator(synthetic_ / "conflict")) order.push_back(entry.path());
  std::ranges::sort(order);
  std::vector<std::string> first_flags;
  for (int turn = 0; turn < 3; ++turn) {
    if (turn > 0) begin();
    for (const std::string& path : order) arrive(read_file(path));
    settle();
    const std::string uid = only_study();
    EXPECT_EQ(json::get_int(study(uid), "instance_count"), 1);
    EXPECT_EQ(versions(uid).size(), 5U) << "a, d, e, f and g; b and c are the same as a";
    EXPECT_THAT(words(told().back(), "flags"),
                IsSupersetOf({"conflict", "variant", "patient_mismatch", "series_mismatch"}));
    std::ranges::rotate(order, order.begin() + 3);
  }
}

TEST_F(VersionsOfTheCorpus, LateImages) {
  for (const char* batch : {"late/batch1", "late/batch2", "late/batch3"}) {
    arrive_all(batch);
    settle();
  }
  EXPECT_THAT(story(),
              ElementsAre("study.received 1: 10 instances, 10 added", "study.updated 2: 20 instances, 10 added",
                          "study.updated 3: 30 instances, 10 added"));
}

TEST_F(VersionsOfTheCorpus, PatientsAndObjects) {
  arrive_all("patient");
  arrive_all("objects");
  settle();
  EXPECT_TRUE(bench_->letters().empty());
  std::map<std::string, int> flags;
  for (const json::object& body : told()) {
    for (const std::string& flag : words(body, "flags")) ++flags[flag];
  }
  EXPECT_EQ(flags["patient_mismatch"], 1) << "one_study_two_patients";
  EXPECT_EQ(flags["meta_mismatch"], 1);
}

}  // namespace
}  // namespace dmw::api
