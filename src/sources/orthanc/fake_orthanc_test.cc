// The Orthanc of the tests: its faults may refer to what a test has on its stack.
#include <atomic>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "http/client.h"
#include "sources/orthanc/test_orthanc.h"
#include "testing/eventually.h"

namespace dmw::sources {
namespace {

TEST(FakeOrthanc, TheEndOfAFaultWaitsForTheCallsThatRun) {
  FakeOrthanc orthanc;
  std::atomic<int> begun = 0;
  std::atomic<int> ended = 0;
  std::jthread asking;
  {
    const auto fault = orthanc.fault([&](int, const std::string&) {
      ++begun;
      while (!orthanc.waits_no_more()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ++ended;
      return false;
    });
    asking = std::jthread([&] { EXPECT_TRUE(http::Client({.base_url = orthanc.url()}).get("/system")); });
    ASSERT_TRUE(eventually([&] { return begun == 1; }));
  }
  EXPECT_EQ(ended, 1);
  asking.join();
  EXPECT_TRUE(http::Client({.base_url = orthanc.url()}).get("/system"));
  EXPECT_EQ(begun, 1) << "nobody calls it any more";
}

TEST(FakeOrthanc, TheLatestFaultCountsAndTheEndOfAnEarlierOneLeavesIt) {
  FakeOrthanc orthanc;
  http::Client client({.base_url = orthanc.url()});
  const auto status_of = [&] { return client.get("/system")->status; };
  const auto say = [](const char* status) {
    return [status](int socket, const std::string&) {
      FakeOrthanc::say(socket, FakeOrthanc::answer(status, ""));
      return true;
    };
  };
  auto first = orthanc.fault(say("401 No"));
  EXPECT_EQ(status_of(), 401);
  auto second = orthanc.fault(say("503 No"));
  first.end();
  EXPECT_EQ(status_of(), 503);
  second.end();
  EXPECT_EQ(status_of(), 200);
}

}  // namespace
}  // namespace dmw::sources
