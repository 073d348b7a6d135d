// Uploads whose connection is cut, at each kind of place in a request.
#include <gtest/gtest.h>

#include "store/gcs/test_cutting_proxy.h"
#include "store/gcs/test_store.h"

namespace dmw::store::gcs {
namespace {

class GcsCut : public testing::Test {
 protected:
  void SetUp() override {
    Options options = on_.options();
    options.url = proxy_.url();
    store_ = gcs::open(options).value();
  }
  /// Puts a file of its own name; the connection is cut after so many bytes from us.
  void expect_kept(const std::string& dataset, std::int64_t cut_at) {
    SCOPED_TRACE(cut_at);
    const contract::Bench bench{*store_, on_.folder / "spool"};
    const Put item = bench.item(std::to_string(10'000'000 + cut_at), dataset);  // names of one length
    proxy_.cut_after(cut_at);
    const Result<Stored> stored = store_->put({&item, 1}).at(0);
    ASSERT_TRUE(stored) << stored.error().message();
    EXPECT_TRUE(proxy_.has_cut());
    EXPECT_EQ(on_.gcs.objects().at(item.key.get()).bytes, contract::Bench::image('p', dataset));
  }
  /// Bytes that an upload takes, its requests' heads among them.
  std::int64_t size_of_upload(const std::string& dataset) {
    expect_kept(dataset, 0);
    return proxy_.passed();
  }

  StrictStore on_;
  CuttingProxy proxy_{on_.gcs.port()};
  std::unique_ptr<ObjectStore> store_;
};

TEST_F(GcsCut, InAnUploadOfOneRequestLosesNothing) {
  const std::string dataset(100'000, 'd');
  const std::int64_t all = size_of_upload(dataset);
  // The request line, its head, the resource, the file, its last bytes, the last boundary, the wait for the answer.
  for (const std::int64_t cut_at : {std::int64_t{1}, std::int64_t{300}, all - 100'100, all / 2, all - 60, all - 1, all})
    expect_kept(dataset, cut_at);
}

TEST_F(GcsCut, InAResumableUploadLosesNothing) {
  const std::string dataset = StrictStore::large();
  const std::int64_t all = size_of_upload(dataset);
  const auto chunk = static_cast<std::int64_t>(test_chunk);
  for (const std::int64_t cut_at :
       {std::int64_t{1}, std::int64_t{800}, chunk / 2, chunk + 5'000, 2 * chunk, all - 20'000, all - 1, all})
    expect_kept(dataset, cut_at);
}

}  // namespace
}  // namespace dmw::store::gcs
