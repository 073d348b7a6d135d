// A store in the Cloud Storage of another maker (fake-gcs-server), with the bucket `raw`, which DMW_TEST_GCS names. It
// takes every caller, and is not right about uploads that are cut: those are tested in gcs_store_test.cc.
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/uuid.h"
#include "http/client.h"
#include "store/gcs/gcs_store.h"
#include "store/object_store_contract.h"
#include "testing/scratch_folder.h"

namespace dmw::store::gcs {
namespace {

namespace fs = std::filesystem;

std::string server_url() {
  const char* const url = std::getenv("DMW_TEST_GCS");
  return url == nullptr ? "" : url;
}

/// A store with a prefix of its own.
class RealGcs : public testing::TestWithParam<contract::Case> {
 protected:
  void SetUp() override {
    ASSERT_NE(url_, "") << "set DMW_TEST_GCS to the URL of a Cloud Storage";
    fs::create_directory(folder_ / "spool");
  }
  Options options() const {
    return {.bucket = "raw",
            .prefix = prefix_,
            .url = url_,
            .anonymous = true,
            .locate = contract::locate,
            .clock = clock_};
  }

  const std::string url_ = server_url();
  const ScratchFolder folder_;
  const SystemClock clock_;
  const std::string prefix_ = "test/" + Uuid::random().text();
};

TEST_P(RealGcs, Holds) {
  const auto store = gcs::open(options());
  ASSERT_TRUE(store) << store.error().message();
  contract::Bench bench{**store, folder_ / "spool"};
  GetParam().run(bench);
}

INSTANTIATE_TEST_SUITE_P(Contract, RealGcs, testing::ValuesIn(contract::cases()),
                         [](const auto& one) { return std::string(one.param.name); });

TEST_F(RealGcs, TakesALargeObjectInChunks) {
  Options small = options();
  small.sizes = {1U << 20U, 1U << 20U};
  const auto store = gcs::open(small).value();
  const contract::Bench bench{*store, folder_ / "spool"};
  std::string dataset;
  while (dataset.size() < (5U << 20U)) dataset += std::to_string(dataset.size());
  const Put item = bench.item("1", dataset);
  const Result<Stored> stored = store->put({&item, 1}).at(0);
  ASSERT_TRUE(stored) << stored.error().message();
  EXPECT_EQ(bench.bytes_of(item.key).value(), contract::Bench::image('p', dataset));
  const Result<Stored> again = store->put({&item, 1}).at(0);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_TRUE(again->standing);
}

TEST_F(RealGcs, TakesManyObjectsOfTwoReplicasAndListsThemAll) {
  constexpr int count = 1'200;  // more than one page has
  const std::unique_ptr<ObjectStore> stores[] = {gcs::open(options()).value(), gcs::open(options()).value()};
  EXPECT_EQ(stores[0]->store_id(), stores[1]->store_id());
  const contract::Bench bench{*stores[0], folder_ / "spool"};
  std::vector<Put> items;
  for (int n = 0; n < count; ++n) items.push_back(bench.item("1." + std::to_string(n), "data " + std::to_string(n)));
  std::atomic<int> made = 0;
  {
    std::vector<std::jthread> replicas;
    for (const auto& store : stores) {
      replicas.emplace_back([&] {
        for (const Result<Stored>& one : store->put(items)) {
          EXPECT_TRUE(one) << one.error().message();
          if (one && !one->standing) ++made;
        }
      });
    }
  }
  // Fewer if an answer was lost, and the next try found its own object.
  EXPECT_LE(made, count) << "each object is made once";
  std::set<std::string> listed;
  ASSERT_TRUE(stores[0]->list(items[0].key.get().substr(0, 11), [&](const ObjectKey& key) -> Result<> {
    listed.insert(key.get());
    return {};
  }));
  EXPECT_EQ(listed.size(), static_cast<std::size_t>(count));
}

TEST_F(RealGcs, HasObjectsAsOthersReadThem) {
  const auto store = gcs::open(options()).value();
  const contract::Bench bench{*store, folder_ / "spool"};
  const Put item = bench.item("1", "data", 'p', "1.2.3");
  ASSERT_TRUE(store->put({&item, 1}).at(0));
  http::Client client({.base_url = url_});
  std::string name = prefix_ + "/" + item.key.get();
  for (std::size_t at = 0; (at = name.find('/', at)) != name.npos;) name.replace(at, 1, "%2F");
  const json::object object = json::parse(client.get("/storage/v1/b/raw/o/" + name).value().body).value().as_object();
  EXPECT_EQ(json::get_string(object, "contentType"), "application/dicom");
  EXPECT_EQ(json::get_string(object.at("metadata").as_object(), "study_instance_uid"), "1.2.3");
  EXPECT_EQ(client.get("/raw/" + prefix_ + "/" + item.key.get()).value().body, contract::Bench::image('p', "data"));
}

}  // namespace
}  // namespace dmw::store::gcs
