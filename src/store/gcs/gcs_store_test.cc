#include "store/gcs/gcs_store.h"

#include <filesystem>
#include <fstream>
#include <functional>

#include <gmock/gmock.h>

#include "store/gcs/test_store.h"

namespace dmw::store::gcs {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;
using What = StrictGcs::Fault::What;

class GcsStoreContract : public testing::TestWithParam<contract::Case> {};

TEST_P(GcsStoreContract, Holds) {
  const StrictStore on;
  const auto store = on.open();
  contract::Bench bench{*store, on.folder / "spool"};
  GetParam().run(bench);
}

INSTANTIATE_TEST_SUITE_P(Gcs, GcsStoreContract, testing::ValuesIn(contract::cases()),
                         [](const auto& one) { return std::string(one.param.name); });

class GcsStore : public testing::Test {
 protected:
  void SetUp() override { store_ = on_.open(); }
  contract::Bench bench() { return {*store_, on_.folder / "spool"}; }
  Result<Stored> put(const Put& item) { return store_->put({&item, 1}).at(0); }
  /// Puts a file, reads it back, and sees the faults of the test happen.
  void expect_kept(const std::string& dataset) {
    const Put item = bench().item("1", dataset);
    const Result<Stored> stored = put(item);
    ASSERT_TRUE(stored) << stored.error().message();
    EXPECT_EQ(bench().bytes_of(item.key).value(), contract::Bench::image('p', dataset));
    EXPECT_TRUE(on_.gcs.all_faults_happened());
  }

  StrictStore on_;
  std::unique_ptr<ObjectStore> store_;
};

TEST_F(GcsStore, DescribesAnObject) {
  const Put item = bench().item("1.3", "data", 'p', "1.2.3");
  ASSERT_TRUE(put(item));
  const StrictGcs::Object object = on_.gcs.objects().at(item.key.get());
  EXPECT_EQ(object.content_type, "application/dicom");
  EXPECT_EQ(json::get_string(object.metadata, "study_instance_uid"), "1.2.3");
  EXPECT_EQ(store_->uri(item.key.get()), "gs://raw/" + item.key.get());
}

TEST_F(GcsStore, SendsALargeObjectInChunks) {
  expect_kept(StrictStore::large());
  EXPECT_EQ(on_.gcs.requests("chunk"), 4);
}

TEST_F(GcsStore, GoesOnWhereTheServerIs) {
  const std::vector<std::vector<StrictGcs::Fault>> faults = {
      {{.kind = "chunk", .what = What::takes_less, .bytes = 1'000}},
      {{.kind = "chunk", .what = What::takes_less, .bytes = 0}},
      {{.kind = "chunk", .status = 503}},
      {{.kind = "chunk", .what = What::cut_answer}},
      {{.kind = "chunk", .what = What::takes_less, .bytes = 7}, {.kind = "chunk", .status = 500}},
      {{.kind = "begin", .status = 429, .retry_after = "3"}},
      {{.kind = "begin", .status = 503}, {.kind = "chunk", .status = 408}, {.kind = "state", .status = 502}},
  };
  for (std::size_t n = 0; n < faults.size(); ++n) {
    SCOPED_TRACE(n);
    for (const auto& fault : faults[n]) on_.gcs.fail_next(fault);
    expect_kept(StrictStore::large() + std::to_string(n));
  }
}

TEST_F(GcsStore, BeginsAnewAfterALostUpload) {
  for (const int status : {404, 410, 499}) {
    on_.gcs.fail_next({.kind = "chunk", .status = status});
    expect_kept(StrictStore::large() + std::to_string(status));
  }
  on_.gcs.fail_next({.kind = "chunk", .status = 410}, 8);
  const Put item = bench().item("2", StrictStore::large());
  EXPECT_EQ(put(item).error().code, Errc::unavailable) << "a server that loses each one is no server";
}

TEST_F(GcsStore, FindsAnObjectWhoseAnswerWasCut) {
  on_.gcs.fail_next({.kind = "insert", .what = What::cut_answer});
  expect_kept("small");
  on_.gcs.fail_next({.kind = "insert", .what = What::tells_nothing});
  expect_kept("small too");
  // The answer to the last chunk of four.
  for (int n = 0; n < 3; ++n) on_.gcs.fail_next({.kind = "chunk", .what = What::takes_less, .bytes = test_chunk});
  on_.gcs.fail_next({.kind = "chunk", .what = What::cut_answer});
  expect_kept(StrictStore::large());
}

TEST_F(GcsStore, RepeatsWhatPassesAndWaitsAsAsked) {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    on_.gcs.fail_next({.kind = "insert", .status = status, .retry_after = "20"});
    const Monotonic before = on_.clock.monotonic();
    expect_kept("data" + std::to_string(status));
    EXPECT_GE(on_.clock.monotonic(), before + 20s);
  }
  on_.gcs.fail_next({.kind = "insert", .status = 403});
  const Put item = bench().item("3", "data");
  EXPECT_THAT(put(item).error().what, HasSubstr("lacks a right"));
  EXPECT_EQ(on_.gcs.objects().count(item.key.get()), 0U) << "it was not tried again";
}

TEST_F(GcsStore, KnowsARefusalByItsReason) {
  on_.gcs.fail_next({.kind = "insert", .status = 403, .reason = "userRateLimitExceeded"});
  expect_kept("data");
  on_.gcs.fail_next({.kind = "insert", .status = 403, .reason = "quotaExceeded"});
  const Put item = bench().item("2", "data");
  EXPECT_EQ(put(item).error().code, Errc::full);
}

TEST_F(GcsStore, GivesUpWithoutProgress) {
  on_.gcs.fail_next({.kind = "insert", .status = 503}, 1'000);
  const Put item = bench().item("1", "data");
  const Monotonic before = on_.clock.monotonic();
  const Result<Stored> stored = put(item);
  EXPECT_EQ(stored.error().code, Errc::unavailable);
  EXPECT_LE(on_.clock.monotonic(), before + 60s);
  EXPECT_TRUE(fs::exists(item.file));
}

TEST_F(GcsStore, AcknowledgesNoOtherBytesThanItsOwn) {
  for (const std::string& dataset : {std::string("data"), StrictStore::large()}) {
    const std::string kind = dataset.size() > test_chunk ? "chunk" : "insert";
    for (const What what : {What::keeps_other, What::tells_other}) {
      const Put item = bench().item(std::to_string(static_cast<int>(what)), dataset);
      if (kind == "chunk") {
        for (int n = 0; n < 3; ++n) on_.gcs.fail_next({.kind = kind, .what = What::takes_less, .bytes = test_chunk});
      }
      on_.gcs.fail_next({.kind = kind, .what = what});
      EXPECT_EQ(put(item).error().code, Errc::unavailable);
      EXPECT_TRUE(put(item)) << "the next try finds out what stands there";
      EXPECT_EQ(bench().bytes_of(item.key).value(), contract::Bench::image('p', dataset));
    }
  }
}

TEST_F(GcsStore, ReplacesAnObjectThatRotted) {
  const Put item = bench().item("1", "data");
  ASSERT_TRUE(put(item));
  on_.gcs.change(item.key.get(), contract::Bench::image('p', "rot!"));
  const Result<Stored> healed = put(item);
  ASSERT_TRUE(healed) << healed.error().message();
  EXPECT_FALSE(healed->standing);
  EXPECT_EQ(bench().bytes_of(item.key).value(), contract::Bench::image('p', "data"));
  on_.gcs.change(item.key.get(), contract::Bench::image('p', "rot!"));
  fs::remove(item.file);
  EXPECT_EQ(put(item).error().code, Errc::corrupted) << "nothing to heal it with";
}

TEST_F(GcsStore, DoesNotSendALargeObjectThatIsThere) {
  const Put item = bench().item("1", StrictStore::large());
  ASSERT_TRUE(put(item));
  const int chunks = on_.gcs.requests("chunk");
  const Result<Stored> again = put(item);
  ASSERT_TRUE(again && again->standing);
  EXPECT_EQ(on_.gcs.requests("chunk"), chunks);
}

TEST_F(GcsStore, ChecksWhatItReads) {
  const std::string dataset = StrictStore::large();
  const Put item = bench().item("1", dataset);
  ASSERT_TRUE(put(item));
  on_.gcs.fail_next({.kind = "media", .what = What::gives_other});
  EXPECT_EQ(bench().bytes_of(item.key).error().code, Errc::corrupted);
  on_.gcs.fail_next({.kind = "media", .what = What::gives_less, .bytes = 100'000}, 2);
  EXPECT_EQ(bench().bytes_of(item.key).value(), contract::Bench::image('p', dataset)) << "it goes on after a cut";
  EXPECT_EQ(bench().bytes_of(item.key, {5, 7}).value(), contract::Bench::image('p', dataset).substr(5, 7));
}

TEST_F(GcsStore, ReadsOneVersionOnly) {
  const Put item = bench().item("1", StrictStore::large());
  ASSERT_TRUE(put(item));
  on_.gcs.fail_next({.kind = "media", .what = What::gives_less, .bytes = 1'000});
  bool changed = false;
  const Result<> read = store_->read(item.key, {}, [&](ByteView) -> Result<> {
    if (!std::exchange(changed, true)) on_.gcs.change(item.key.get(), StrictStore::large() + "changed");
    return {};
  });
  EXPECT_EQ(read.error().code, Errc::unavailable);
}

TEST_F(GcsStore, BelievesThatAnObjectIsMissingOnlyBesideItsOwn) {
  const Put item = bench().item("1", "data");
  EXPECT_EQ(store_->stat(item.key).error().code, Errc::not_found);
  ASSERT_TRUE(put(item));
  on_.gcs.forget_bucket();
  const auto ignore = [](ByteView) { return Result<>(); };
  for (const Result<>& failed : {store_->read(item.key, {}, ignore), store_->remove(item.key), store_->probe()}) {
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Errc::unavailable) << failed.error().message();
  }
  fs::remove(item.file);
  EXPECT_EQ(put(item).error().code, Errc::unavailable) << "nothing is lost because a bucket is away";
}

TEST_F(GcsStore, AsksForATokenAnewWhenOneIsRefused) {
  on_.gcs.forget_tokens();
  expect_kept("data");
  EXPECT_EQ(on_.gcs.requests("token"), 2);
  on_.gcs.forget_tokens();
  expect_kept(StrictStore::large());
}

TEST_F(GcsStore, ProbesByReadingAndWritesOnlyInDoubt) {
  ASSERT_TRUE(store_->probe());
  const int written = on_.gcs.requests("insert");
  for (int n = 0; n < 5; ++n) ASSERT_TRUE(store_->probe());
  EXPECT_EQ(on_.gcs.requests("insert"), written);
  on_.gcs.fail_next({.kind = "insert", .status = 403});
  const Put item = bench().item("1", "data");
  EXPECT_FALSE(put(item));
  on_.gcs.fail_next({.kind = "insert", .status = 403});
  EXPECT_FALSE(store_->probe()) << "the right to create is what is missing";
  EXPECT_TRUE(store_->probe());
  EXPECT_EQ(on_.gcs.objects().size(), 1U) << "nothing but the store_id is left of probes";
}

TEST_F(GcsStore, ListsOverPagesAndRefusesWhatItDidNotAskFor) {
  std::vector<Put> puts;
  for (int n = 0; n < 25; ++n) puts.push_back(bench().item("7." + std::to_string(n), "data"));
  for (const Result<Stored>& one : store_->put(puts)) ASSERT_TRUE(one);
  on_.gcs.page_size(4);
  const std::string directory = puts[0].key.get().substr(0, puts[0].key.get().rfind('/'));
  std::set<std::string> names;
  const auto each = [&](const ObjectKey& key) -> Result<> {
    EXPECT_TRUE(names.insert(key.get()).second);
    return {};
  };
  ASSERT_TRUE(store_->list(directory, each));
  EXPECT_EQ(names.size(), 25U);
  for (const std::string& hostile :
       std::vector<std::string>{"studies/zzz", "../outside", "store_id", directory + "/0"}) {
    on_.gcs.list_also(hostile);
    EXPECT_EQ(store_->list(directory, [](const ObjectKey&) { return Result<>(); }).error().code, Errc::unavailable);
  }
}

TEST_F(GcsStore, KeepsItsIdentifier) {
  EXPECT_EQ(on_.open()->store_id(), store_->store_id());
  Options expected = on_.options();
  expected.prefix = "other/place";
  EXPECT_EQ(gcs::open_to_look(expected).error().code, Errc::not_found);
  expected.expected_id = store_->store_id();
  EXPECT_EQ(gcs::open(expected).error().code, Errc::unavailable) << "nothing is made where a store must be";
  EXPECT_EQ(on_.gcs.objects().size(), 1U);
}

TEST_F(GcsStore, SharesItsBucketByPrefixes) {
  Options options = on_.options();
  options.prefix = "second";
  const auto second = gcs::open(options).value();
  EXPECT_NE(second->store_id(), store_->store_id());
  const Put item = bench().item("1", "data");
  ASSERT_TRUE(put(item));
  EXPECT_EQ(second->stat(item.key).error().code, Errc::not_found);
  ASSERT_TRUE(second->put({&item, 1}).at(0));
  EXPECT_EQ(second->uri(item.key.get()), "gs://raw/second/" + item.key.get());
  int listed = 0;
  ASSERT_TRUE(second->list(item.key.get().substr(0, 11), [&](const ObjectKey& key) -> Result<> {
    EXPECT_EQ(key, item.key);
    ++listed;
    return {};
  }));
  EXPECT_EQ(listed, 1);
}

TEST(GcsStoreStart, TakesTheCredentialsThatThereAre) {
  StrictStore on;
  Options machine = on.options();
  machine.credentials.clear();
  machine.metadata_url = on.gcs.url();
  EXPECT_TRUE(gcs::open(machine));
  Options person = on.options();
  person.credentials = on.folder / "person.json";
  std::ofstream(person.credentials) << format(
      R"({{"type":"authorized_user","client_id":"client","client_secret":"secret","refresh_token":"refresh","token_uri":"{}/token"}})",
      on.gcs.url());
  EXPECT_TRUE(gcs::open(person));
  for (const bool acts : {false, true}) {
    Options platform = on.options();
    platform.credentials = on.folder / "platform.json";
    std::ofstream(on.folder / "token") << (acts ? R"({"t":"platform"})" : "platform\n");
    json::object source{{"file", (on.folder / "token").string()}};
    json::object file{{"type", "external_account"},
                      {"audience", "//iam/pool"},
                      {"subject_token_type", "urn:ietf:params:oauth:token-type:jwt"},
                      {"token_url", on.gcs.url() + "/token"}};
    if (acts) {
      file["service_account_impersonation_url"] = on.gcs.url() + "/impersonate";
      source["format"] = json::object{{"type", "json"}, {"subject_token_field_name", "t"}};
    }
    file["credential_source"] = source;
    std::ofstream(platform.credentials) << json::serialize(file);
    const auto opened = gcs::open(platform);
    EXPECT_TRUE(opened) << opened.error().message();
  }
  Options nobody = on.options();
  nobody.anonymous = true;
  EXPECT_THAT(gcs::open(nobody).error().what, HasSubstr("GOOGLE_APPLICATION_CREDENTIALS"));
}

TEST(GcsStoreStart, SaysWhatIsWrong) {
  StrictStore on;
  const auto complaint = [&](const std::function<void(Options&)>& change) {
    Options options = on.options();
    change(options);
    const auto opened = gcs::open(options);
    return opened ? "opened" : opened.error().message();
  };
  EXPECT_THAT(complaint([](Options& o) { o.bucket = "Raw_"; }), HasSubstr("GCS_BUCKET"));
  EXPECT_THAT(complaint([](Options& o) { o.prefix = "a//b"; }), HasSubstr("GCS_PREFIX"));
  EXPECT_THAT(complaint([](Options& o) { o.prefix = "../b"; }), HasSubstr("GCS_PREFIX"));
  EXPECT_THAT(complaint([](Options& o) { o.bucket = "none"; }), HasSubstr("there is no such bucket"));
  EXPECT_THAT(complaint([](Options& o) { o.url = "http://127.0.0.1:1"; }), HasSubstr("not reachable"));
  EXPECT_THAT(complaint([](Options& o) { o.credentials = "/nowhere.json"; }), HasSubstr("/nowhere.json"));
  on.gcs.fail_next({.kind = "token", .status = 400});
  EXPECT_THAT(complaint([](Options&) {}), HasSubstr("gives no token"));
  on.gcs.fail_next({.kind = "token", .what = What::tells_nothing});
  EXPECT_THAT(complaint([](Options&) {}), HasSubstr("access_token"));
}

}  // namespace
}  // namespace dmw::store::gcs
