// Replay jobs with a dead letter whose bytes cannot be read: it waits alone.
#include "api/replay_jobs.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "api/test_api.h"

namespace dmw::api {
namespace {

using testing::HasSubstr;

class ReplayJobsTest : public ApiTest {
 protected:
  std::filesystem::path path_of(const std::string& text) const {
    return directory_ / "storage" / dead_letter_key(Sha256::of(as_bytes(text))).get();
  }
  /// Sets some bytes aside, under the number of the try.
  void bury(const std::string& text) {
    catalog::Burial burial;
    burial.letter.id = Uuid::of_name(Uuid(), text);
    burial.letter.stage = Stage::header;
    burial.letter.cause = "corrupted";
    burial.letter.source = "orthanc";
    burial.letter.correlation_id = Uuid::random();
    burial.letter.original_payload = "{}";
    const store::Document document{dead_letter_key(Sha256::of(as_bytes(text))), text};
    ASSERT_TRUE(store_->write(std::span(&document, 1)).at(0));
    burial.letter.object_key = document.key.get();
    catalog::DeadLetters letters(*database_);
    ASSERT_TRUE(letters.bury(std::span(&burial, 1), [](const DeadLetter& letter) { return event(letter.id.text()); }));
  }
  /// A socket in the place of its bytes: nobody can open it, as on a disk that does not give it.
  void spoil(const std::string& text) {
    std::filesystem::remove(path_of(text));
    ASSERT_EQ(::mknod(path_of(text).c_str(), S_IFSOCK | 0600, 0), 0);
  }
  /// As when what is in the inbox is recorded.
  void come_through() {
    ASSERT_TRUE(database_->write([](db::Transaction& transaction) -> Result<> {
      TRY(transaction.query("update dead_letters set state = 2 where state = 1"));
      return {};
    }));
  }
  static json::value member(const ReplayJobs& jobs, const Uuid& id, std::string_view name) {
    return jobs.get(id).value().at(name);
  }
};

TEST_F(ReplayJobsTest, OneThatCannotBeReadForNowHoldsUpNoOther) {
  for (const char* text : {"one", "two", "three"}) bury(text);
  spoil("one");
  ReplayJobs jobs(*database_, *replay_, clock_,
                  {.tries = 1'000'000, .first = std::chrono::milliseconds(1), .most = std::chrono::milliseconds(5)});
  const Uuid first = jobs.start({1, 2}).value();
  const Uuid second = jobs.start({3}).value();
  EXPECT_TRUE(eventually([&] { return come_through(), member(jobs, second, "state") == "done"; })) << "another job";
  EXPECT_TRUE(eventually([&] { return come_through(), member(jobs, first, "replayed") == 1; }))
      << "the others of its job";
  EXPECT_TRUE(eventually([&] {
    const json::value waits = member(jobs, first, "waits_for");
    return waits.is_string() && waits.as_string().starts_with("1 is tried again later: the store cannot be used");
  }));
  std::filesystem::remove(path_of("one"));
  std::ofstream(path_of("one")) << "one";
  EXPECT_TRUE(eventually([&] { return come_through(), member(jobs, first, "state") == "done"; }))
      << "it is tried again by itself";
  EXPECT_EQ(member(jobs, first, "replayed"), 2);
  EXPECT_EQ(member(jobs, first, "failed"), 0);
  EXPECT_TRUE(member(jobs, first, "waits_for").is_null());
}

TEST_F(ReplayJobsTest, OneThatCannotBeReadAtAllFailsAndStaysOpen) {
  for (const char* text : {"one", "two"}) bury(text);
  spoil("one");
  ReplayJobs jobs(*database_, *replay_, clock_,
                  {.tries = 3, .first = std::chrono::milliseconds(1), .most = std::chrono::milliseconds(1)});
  const Uuid job = jobs.start({1, 2}).value();
  ASSERT_TRUE(eventually([&] { return come_through(), member(jobs, job, "state") == "done"; }));
  EXPECT_EQ(member(jobs, job, "replayed"), 1);
  EXPECT_EQ(member(jobs, job, "failed"), 1);
  const json::object failure = member(jobs, job, "failures").as_array().at(0).as_object();
  EXPECT_EQ(failure.at("number"), 1);
  EXPECT_THAT(std::string(failure.at("detail").as_string()), HasSubstr("the store cannot be used"));
  EXPECT_EQ(catalog::DeadLetters(*database_).get("1").value()->state, DeadLetterState::open);
}

}  // namespace
}  // namespace dmw::api
