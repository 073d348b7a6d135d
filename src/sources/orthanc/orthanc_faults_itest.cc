// What can be wrong with a real Orthanc. Each test has one of its own.
#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "catalog/erasing.h"
#include "sources/orthanc/absence.h"
#include "sources/orthanc/test_real_orthanc.h"

namespace dmw::sources {
namespace {

using OrthancFaultsItest = OrthancItest;

TEST_F(OrthancFaultsItest, PausesWhileOrthancRefusesItsPassword) {
  const OwnOrthanc orthanc("AuthenticationEnabled=true 'RegisteredUsers={\"dmw\":\"right\"}'");
  const auto access_with = [](const char* password) {
    return http::Access{.username = "dmw", .password = Private<std::string>(password)};
  };
  options.access->set(access_with("right"));
  use(orthanc);
  const std::string id = upload(1, 1);
  options.access->set(access_with("wrong"));
  source = std::make_unique<OrthancSource>(options, world.rooms());
  source->start();
  EXPECT_TRUE(source->trigger().submit({.study = id, .correlation_id = Uuid::random()}));
  EXPECT_TRUE(eventually([&] { return source->progress().paused; }));
  stop();
  EXPECT_TRUE(world.kept().empty());
  EXPECT_TRUE(world.buried().empty());
  options.access->set(access_with("right"));
  start();
  expect_each_once();
}

TEST_F(OrthancFaultsItest, SetsAsideAFileThatOrthancHasLostAndFetchesItOnceItIsBack) {
  OwnOrthanc orthanc;
  use(orthanc);
  options.lost_attempts = 3;
  options.lost_after = std::chrono::milliseconds(200);
  upload(1, 1);
  upload(1, 2);
  const std::string lost = std::prev(sent.end())->first;
  const json::object told = json::parse(http->get("/instances/" + lost)->body)->get_object();
  const std::filesystem::path file = orthanc.file(json::get_string(told, "FileUuid").value());
  // Running, it would still have the bytes in its cache.
  orthanc.run("stop");
  std::filesystem::rename(file, file.string() + ".lost");
  orthanc.run("restart");

  start();
  ASSERT_TRUE(eventually([&] { return !world.buried().empty() && world.idle(); }));
  EXPECT_EQ(world.kept().size(), 1U);
  for (const DeadLetter& letter : world.buried()) {
    EXPECT_EQ(letter.cause, "gone");
    EXPECT_EQ(letter.origin_resource, lost);
    EXPECT_EQ(letter.id, world.buried().front().id);
  }

  std::filesystem::rename(file.string() + ".lost", file);
  NewRequest again;
  again.source = options.name;
  again.instances = {lost};
  ASSERT_TRUE(catalog::Requests(world.catalog()).submit(std::vector{again}));
  expect_each_once();
}

/// tests/support/faulty-proxy before an Orthanc.
class FaultyProxy {
 public:
  explicit FaultyProxy(const std::string& upstream) {
    say("pass");
    pid_ = output_of(format("setsid {}/tests/support/faulty-proxy {} {} {}/mode >{}/log 2>&1 </dev/null & echo $!",
                            DMW_SOURCE_DIR, port_, upstream, folder_.path().string(), folder_.path().string()));
  }
  FaultyProxy(const FaultyProxy&) = delete;
  FaultyProxy& operator=(const FaultyProxy&) = delete;
  ~FaultyProxy() { output_of("kill " + pid_); }
  std::string url() const { return format("http://127.0.0.1:{}", port_); }
  void say(const std::string& mode) const { folder_.write("mode", mode); }

 private:
  const ScratchFolder folder_ = ScratchFolder::on_disk();
  const int port_ = 20'000 + static_cast<int>(new_session_id().get() % 10'000);
  std::string pid_;
};

TEST_F(OrthancFaultsItest, SomebodyBeforeOrthancCostsNothing) {
  const OwnOrthanc orthanc;
  use(orthanc);
  const FaultyProxy proxy(orthanc.url());
  int next_image = 100;
  for (int image = 1; image <= 30; ++image) upload(1 + image % 3, image);
  options.base_url = proxy.url();
  ASSERT_TRUE(eventually([&] { return http::Client(options.client()).get("/system").has_value(); }));
  for (const char* const mode :
       {"status 404 ^/instances/", "status 403 ^/instances/", "rate 15 503", "rate 15 429 1"}) {
    proxy.say(mode);
    world.record();
    source = std::make_unique<OrthancSource>(options, world.rooms());
    source->start();
    const bool refuses = std::string(mode).starts_with("status");
    EXPECT_TRUE(eventually([&] {
      const std::vector<Request> all = world.requests();
      return refuses ? std::ranges::any_of(all, [](const Request& each) { return each.attempts > 1; })
                     : source->progress().limited || of_this_study().size() == sent.size();
    })) << mode;
    if (refuses) proxy.say("pass");
    expect_each_once();
    EXPECT_TRUE(world.buried().empty()) << mode;
    stop();
    next_image += 100;
    for (int image = 1; image <= 30; ++image) upload(10 + image % 3, next_image + image);
  }
}

TEST_F(OrthancFaultsItest, SaysItselfWhatItHasNotGot) {
  const std::string nobody = "00000000-00000000-00000000-00000000-00000001";
  for (const std::string settings : {"", "HttpDescribeErrors=false"}) {
    const OwnOrthanc orthanc(settings);
    use(orthanc);
    OrthancClient client(options.client());
    // At an address without a server, and at one with another server.
    for (int images = 0; images < 2; ++images) {
      for (const Level level : {Level::study, Level::series, Level::instance}) {
        ASSERT_EQ(client.resource(level, nobody).error().code, Errc::not_found);
        EXPECT_TRUE(is_absent(client, level, nobody, {}).value()) << settings << name(level);
      }
      if (images == 0) upload(1, 1);
    }
    // Somebody else said 404.
    for (const Level level : {Level::study, Level::series, Level::instance}) {
      const std::string id = client.some(level, 1).value().at(0);
      ASSERT_EQ(client.resource(level, nobody).error().code, Errc::not_found);
      EXPECT_FALSE(is_absent(client, level, id, {}).value()) << settings << name(level);
    }
  }
}

TEST_F(OrthancFaultsItest, ComparesEveryStudyWhenItsIndexIsReplacedByALongerOne) {
  OwnOrthanc orthanc;
  use(orthanc);
  const std::string first_study = study;
  for (int n = 1; n <= 5; ++n) {
    study = first_study + "." + std::to_string(n);
    upload(1, 1);
  }
  orthanc.run("stop");
  orthanc.swap("longer");
  orthanc.run("restart");
  const std::map<std::string, std::size_t> longer = std::exchange(sent, {});
  study = first_study + ".6";
  upload(1, 1);
  start();
  expect_each_once();

  orthanc.run("stop");
  orthanc.swap("longer");
  sent.insert(longer.begin(), longer.end());
  orthanc.run("restart");
  expect_each_once();
  EXPECT_TRUE(world.buried().empty());
}

TEST_F(OrthancFaultsItest, DeletionsThereAreNoOtherIndex) {
  OwnOrthanc orthanc;
  use(orthanc);
  start();
  const std::string first_study = study;
  std::vector<std::string> ids;
  for (int n = 1; n <= 5; ++n) {
    study = first_study + "." + std::to_string(n);
    ids.push_back(upload(1, 1));
  }
  expect_each_once();
  const auto read_to = [&] { return catalog::read_cursor(world.catalog(), options.name)->value().read_to; };
  const auto requested_by_comparisons = [&] {
    return std::ranges::count_if(world.requests(), [](const Request& request) {
      return request.look == 0 && request.priority == RequestPriority::reconciled;
    });
  };
  // The comparison of the start may have met the first uploads.
  ASSERT_TRUE(eventually([&] {
    const auto comparison = source->progress().comparison;
    return comparison && !comparison->running;
  }));
  const auto at_the_start = requested_by_comparisons();
  std::int64_t newest = 0;
  for (int n = 5; n >= 1; --n) {
    newest = std::max(newest, read_to());
    ASSERT_TRUE(http->request("DELETE", "/studies/" + ids.at(static_cast<std::size_t>(n - 1)))->success());
    study = first_study + ".next." + std::to_string(n);
    ids.push_back(upload(1, 1));
    expect_each_once();
    // A comparison would ask for each study that is known again, or move the cursor back.
    EXPECT_GT(read_to(), newest);
  }
  // A later look at what was deleted before it was fetched is no comparison.
  EXPECT_EQ(requested_by_comparisons(), at_the_start);
}

TEST_F(OrthancFaultsItest, AnErasedStudyComesBackOnlyWhenItIsSentAnewOrAskedFor) {
  OwnOrthanc orthanc("OverwriteInstances=true");
  use(orthanc);
  start();
  const std::string id = upload(1, 1);
  expect_each_once();
  const auto erase = [&] {
    catalog::EraseOrder order{.study = StudyUid(study), .session = {}, .actor = "test", .reason = "test", .grace = {}};
    order.session.id = new_session_id();
    ASSERT_TRUE(catalog::erase(world.catalog(), order, SystemClock().now()));
  };
  ASSERT_TRUE(eventually([&] { return world.idle() && world.count("versions") == 1; }));
  stop();
  upload(1, 2);  // nobody has read its change when the order comes
  // Orthanc tells the time of its arrival to the second.
  const std::int64_t came = SystemClock().now() / 1'000'000;
  ASSERT_TRUE(eventually([&] { return SystemClock().now() / 1'000'000 > came + 2; }));
  erase();
  start();
  const std::string first_study = std::exchange(study, study + ".other");
  upload(1, 1);
  ASSERT_TRUE(eventually([&] { return world.count("versions") == 1 && world.idle(); }));
  EXPECT_EQ(world.kept().size(), 2U);
  study = first_study;
  upload(1, 2);  // anew
  ASSERT_TRUE(eventually([&] { return world.count("versions") >= 2; }));
  ASSERT_TRUE(eventually([&] { return world.idle(); }));
  erase();
  EXPECT_EQ(world.count("versions"), 1);
  EXPECT_TRUE(source->trigger().submit({.study = id, .correlation_id = Uuid::random()}));
  EXPECT_TRUE(eventually([&] { return world.count("versions") == 3; }));
}

}  // namespace
}  // namespace dmw::sources
