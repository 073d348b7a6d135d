#include "api/test_api.h"
#include "catalog/associations.h"

namespace dmw::api {
namespace {

class SourcesTest : public ApiTest {
 protected:
  SourcesTest() {
    add_part({.name = "dimse", .state = PartState::State::degraded, .reason = "the inbox is 91 % full"},
             PartKind::source);
    made_parts_.back().line = PartSummary{.title = "dimse", .what = "0.0.0.0:11112  AE DMW"};
    add_part({.name = "import"}, PartKind::source);
    add_part({.name = "orthanc", .state = PartState::State::off, .reason = "set ORTHANC_URL"}, PartKind::source);
    made_parts_.back().line = PartSummary{.title = "orthanc", .kind = "off", .what = "set ORTHANC_URL"};
  }

  static catalog::Caller caller(const std::string& ae_title, MicrosUtc seen, MicrosUtc refused = 0) {
    return {.source = "dimse",
            .calling_ae = ae_title,
            .peer = "10.1.2.3",
            .first_seen_at = seen,
            .last_seen_at = seen,
            .associations = 1,
            .instances = 12,
            .last_refused_at = refused,
            .last_refusal = refused == 0 ? "" : "A700: the inbox is full"};
  }
  void note(const std::vector<catalog::Caller>& callers, const std::vector<catalog::Association>& ended = {}) {
    ASSERT_TRUE(catalog::note_associations(*database_, ended, callers));
  }
  static catalog::Association ended(const std::string& ae_title, const std::string& reason) {
    catalog::Association association;
    association.calling_ae = ae_title;
    association.ended_at = 1'700'000'000'000'000;
    association.outcome = catalog::AssociationOutcome::rejected;
    association.reason = reason;
    return association;
  }
  static std::vector<std::string> names(const json::object& page) {
    std::vector<std::string> names;
    for (const json::value& source : page.at("sources").as_array())
      names.push_back(json::get_string(source.as_object(), "name").value());
    return names;
  }
};

TEST_F(SourcesTest, ListsTheDoorsAndThenWhoHasCalled) {
  note({caller("MR01", 100), caller("CT01", 100), caller("US01", 100, 100)});
  start();
  const json::object first = ask("/api/v1/sources?limit=2");
  EXPECT_EQ(names(first), (std::vector<std::string>{"dimse", "import", "orthanc", "CT01", "MR01"}));
  const json::object door = first.at("sources").as_array().at(0).as_object();
  EXPECT_EQ(json::get_string(door, "state"), "degraded");
  EXPECT_EQ(json::get_string(door, "reason"), "the inbox is 91 % full");
  EXPECT_EQ(json::get_string(door, "detail"), "0.0.0.0:11112  AE DMW");
  const json::object off = first.at("sources").as_array().at(2).as_object();
  EXPECT_TRUE(off.at("detail").is_null()) << "what to set is its reason";
  const json::object second = ask("/api/v1/sources?limit=2&cursor=" + json::get_string(first, "next_cursor").value());
  EXPECT_EQ(names(second), std::vector<std::string>{"US01"});
  const json::object refused = second.at("sources").as_array().at(0).as_object();
  EXPECT_EQ(json::get_string(refused, "state"), "refused");
  EXPECT_EQ(json::get_string(refused, "reason"), "A700: the inbox is full");
  EXPECT_TRUE(second.at("next_cursor").is_null());
  problem_in(get("/api/v1/sources?cursor=7"), 400);
}

TEST_F(SourcesTest, TellsWhyAssociationsWereRefused) {
  note({caller("CT 01", 100)}, {ended("CT 01", "first"), ended("", "no request"), ended("CT 01", "second")});
  start();
  const json::object one = ask("/api/v1/sources/CT%2001");
  EXPECT_EQ(json::get_int(one.at("source").as_object(), "instances"), 12);
  const json::array& of_one = one.at("associations").as_array();
  ASSERT_EQ(of_one.size(), 2U);
  EXPECT_EQ(json::get_string(of_one.at(0).as_object(), "reason"), "second");
  const json::object all = ask("/api/v1/sources/dimse?limit=2");
  ASSERT_EQ(all.at("associations").as_array().size(), 2U);
  const json::object rest = ask("/api/v1/sources/dimse?cursor=" + json::get_string(all, "next_cursor").value());
  EXPECT_EQ(rest.at("associations").as_array().size(), 1U);
  EXPECT_TRUE(ask("/api/v1/sources/orthanc").at("associations").as_array().empty());
  EXPECT_EQ(json::get_string(ask("/api/v1/sources/import").at("source").as_object(), "state"), "ok");
  problem_in(get("/api/v1/sources/MR01"), 404);
}

}  // namespace
}  // namespace dmw::api
