// The commands that ask a running serve, as a person types them, at the API on real parts.
#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "api/test_api.h"
#include "app/test_typing.h"
#include "app/test_zone.h"
#include "catalog/associations.h"
#include "catalog/dead_letters.h"
#include "catalog/requests.h"

namespace dmw::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

constexpr MicrosUtc minute = 60'000'000;
constexpr MicrosUtc eight_o_clock = 1'769'846'400'000'000;  // 2026-01-31T08:00:00Z

class RemoteCommands : public api::ApiTest {
 protected:
  RemoteCommands() { start(); }

  Typed at_serve(std::vector<std::string> words) {
    words.insert(words.end(), {"--url", url()});
    return type(words);
  }

  void add_event(MicrosUtc at, const std::string& event_type, const std::string& key) {
    Event one;
    one.event_id = Uuid::random();
    one.at = at;
    one.key = key;
    if (event_type == "item.set_aside") one.topic = Topic::dead_letters;
    one.headers = json::serialize(json::object{{"ce_type", event_type}});
    one.body = json::serialize(json::object{{"event_type", event_type}});
    ASSERT_TRUE(database_->write([&](db::Transaction& t) { return catalog::append(t, {one}); }));
  }

  /// Positions 1 to 5.
  void add_events() {
    const MicrosUtc now = clock_.now();
    add_event(eight_o_clock - 22 * 60 * minute, "study.received", "1.2.1");  // the day before
    add_event(eight_o_clock, "study.received", "1.2.2");
    add_event(now - 120 * minute, "study.updated", "1.2.1");
    add_event(now - 60 * minute, "item.set_aside", "0f0e");
    add_event(now - minute, "study.deleted", "1.2.2");
  }

  std::vector<std::int64_t> positions(std::vector<std::string> options) {
    options.insert(options.begin(), {"events", "--json"});
    const Typed typed = at_serve(std::move(options));
    EXPECT_EQ(typed.code, exit_done) << typed.err;
    return positions_in(typed.out);
  }
  static std::vector<std::int64_t> positions_in(std::string_view lines) {
    std::vector<std::int64_t> found;
    while (!lines.empty()) {
      const std::size_t end = lines.find('\n');
      found.push_back(json::get_int(json::parse(lines.substr(0, end)).value().as_object(), "position").value());
      lines.remove_prefix(end + 1);
    }
    return found;
  }
};

TEST_F(RemoteCommands, EventsShowsOnlyWhatItsOptionsName) {
  add_events();
  EXPECT_THAT(positions({}), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(positions({"--after", "3"}), ElementsAre(4, 5));
  EXPECT_THAT(positions({"--limit", "2"}), ElementsAre(1, 2));
  EXPECT_THAT(positions({"--study", "1.2.2"}), ElementsAre(2, 5));
  EXPECT_THAT(positions({"--type", "item.set_aside"}), ElementsAre(4));
  EXPECT_THAT(positions({"--since", "2026-01-31"}), ElementsAre(2, 3, 4, 5));
  EXPECT_THAT(positions({"--since", "2026-01-31T09:00:00+01:00"}), ElementsAre(2, 3, 4, 5));
  EXPECT_THAT(positions({"--since", "2026-01-31T09:00:01+01:00"}), ElementsAre(3, 4, 5));
  EXPECT_THAT(positions({"--since", "90m"}), ElementsAre(4, 5));
  EXPECT_THAT(positions({"--until", "2026-01-31"}), ElementsAre(1));
  EXPECT_THAT(positions({"--until", "90m"}), ElementsAre(1, 2, 3));
  EXPECT_THAT(positions({"--since", "2026-01-31", "--until", "30m", "--study", "1.2.1"}), ElementsAre(3));
  EXPECT_THAT(positions({"--after", "1", "--type", "study.received"}), ElementsAre(2));
  EXPECT_THAT(positions({"--type", "study.deleted", "--study", "1.2.1"}), IsEmpty());
}

TEST_F(RemoteCommands, EventsGoesThroughAllPages) {
  append_events(1'201);
  const std::vector<std::int64_t> all = positions({});
  ASSERT_EQ(all.size(), 1'201U);
  EXPECT_EQ(all.back(), 1'201);
  EXPECT_EQ(positions({"--limit", "700"}).back(), 700);
  EXPECT_THAT(positions({"--study", "1.2.1200"}), ElementsAre(1'201));
}

TEST_F(RemoteCommands, AListSaysThatThereIsMore) {
  for (const char* study : {"00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002",
                            "00000000-0000-0000-0000-000000000003"}) {
    NewRequest wanted;
    wanted.source = "orthanc";
    wanted.study = study;
    wanted.correlation_id = Uuid::random();
    ASSERT_TRUE(catalog::Requests(*database_).submit(std::span(&wanted, 1)));
  }
  const Typed some = at_serve({"requests", "list", "--json", "--limit", "2"});
  EXPECT_EQ(std::ranges::count(some.out, '\n'), 2);
  EXPECT_EQ(some.err, "These are the first 2; there are more: give a larger --limit.\n");
  const Typed all = at_serve({"requests", "list", "--json", "--limit", "3"});
  EXPECT_EQ(std::ranges::count(all.out, '\n'), 3);
  EXPECT_EQ(all.err, "") << "these are all";
}

TEST_F(RemoteCommands, EventsRefusesWhatIsNoValueOfAnOption) {
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {"--since", "yesterday"}, {"--until", "31.01.2026"}, {"--type", "study"}, {"--after", "-1"}}) {
    std::vector<std::string> words = wrong;
    words.insert(words.begin(), "events");
    const Typed typed = at_serve(words);
    EXPECT_EQ(typed.code, exit_usage) << wrong[0];
    EXPECT_EQ(typed.out, "");
    EXPECT_THAT(typed.err, HasSubstr(wrong[0].substr(2)));
  }
  EXPECT_EQ(at_serve({"events", "--limit", "0"}).code, exit_usage);
}

TEST_F(RemoteCommands, AValueThatTheApiRefusesIsAMistakeOfTheCommandLine) {
  EXPECT_EQ(at_serve({"studies", "list", "--flags", "nonsense"}).code, exit_usage);
  EXPECT_EQ(at_serve({"dead-letters", "list", "--stage", "nonsense"}).code, exit_usage);
  EXPECT_EQ(at_serve({"dead-letters", "replay"}).code, exit_usage);
  EXPECT_EQ(at_serve({"studies", "show", "1.2.3.404"}).code, exit_failed) << "it is not there, which is no mistake";
}

TEST_F(RemoteCommands, EventsFollowsWhatItsOptionsName) {
  add_events();
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const int before = ::dup(STDOUT_FILENO);
  ::dup2(ends[1], STDOUT_FILENO);
  std::thread typing([&] {
    std::vector<std::string> words = {"dicom-middleware", "events", "--follow", "--json", "--after", "1",
                                      "--study",          "1.2.2",  "--url",    url()};
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    EXPECT_EQ(run(static_cast<int>(pointers.size()), pointers.data()), exit_done);
  });
  const File printed(ends[0]);
  const auto next = [&] {
    std::string line;
    for (char c = 0; ::read(printed.descriptor(), &c, 1) == 1 && c != '\n';) line += c;
    return line + "\n";
  };
  EXPECT_THAT(positions_in(next()), ElementsAre(2));
  EXPECT_THAT(positions_in(next()), ElementsAre(5));
  add_event(clock_.now(), "study.received", "1.2.1");
  add_event(clock_.now(), "study.received", "1.2.2");
  api_->on_events();
  EXPECT_THAT(positions_in(next()), ElementsAre(7)) << "the sixth is of another study";
  server_->stop(api::kPatience);
  typing.join();
  ::dup2(before, STDOUT_FILENO);
  ::close(before);
  ::close(ends[1]);
}

TEST_F(RemoteCommands, TimesAreLocalForPeopleAndUtcInJson) {
  add_event(eight_o_clock, "study.received", "1.2.2");
  const TestZone india("IST-5:30");
  EXPECT_EQ(at_serve({"events"}).out,
            "POSITION  TYPE             AT                         KEY\n"
            "       1  study.received   2026-01-31T13:30:00+05:30  1.2.2\n");
  EXPECT_THAT(at_serve({"events", "--json"}).out, HasSubstr(R"("at":"2026-01-31T08:00:00.000000Z")"));
}

TEST_F(RemoteCommands, RequestsAreATableAndOneIsItsMembers) {
  NewRequest wanted;
  wanted.source = "orthanc";
  wanted.study = api::kOrthancId;
  wanted.correlation_id = Uuid::random();
  ASSERT_TRUE(catalog::Requests(*database_).submit(std::span(&wanted, 1)));
  add_part({.name = "orthanc"}, PartKind::source);
  const TestZone india("IST-5:30");
  const Typed list = at_serve({"requests", "list"});
  EXPECT_THAT(list.out,
              MatchesRegex("REQUEST +STATE +SOURCE +ORTHANC ID +CREATED +ATTEMPTS +LAST ERROR\n"
                           "[-0-9a-f]{36}  waiting +orthanc +[-0-9a-f]{44} +20[-0-9]+T[:0-9]+\\+05:30  0 +-\n"));
  EXPECT_EQ(list.err, "");
  const std::string id = list.out.substr(list.out.find('\n') + 1, 36);
  const Typed one = at_serve({"requests", "show", id});
  EXPECT_THAT(one.out, HasSubstr("created_at"));
  EXPECT_THAT(one.out, HasSubstr("+05:30\n"));
  EXPECT_THAT(one.out, Not(HasSubstr("{")));
  EXPECT_THAT(at_serve({"requests", "show", id, "--json"}).out, MatchesRegex("\\{.*\"created_at\":\"[^\"]+Z\".*\\}\n"));
}

TEST_F(RemoteCommands, AskingForAStudySaysWhichRequestItIs) {
  const std::string id(api::kOrthancId);
  const Typed asked = at_serve({"requests", "fetch", id});
  EXPECT_THAT(asked.out, MatchesRegex("request [-0-9a-f]{36} is queued\n"));
  EXPECT_THAT(asked.err, HasSubstr("requests show " + asked.out.substr(8, 36)));
  EXPECT_THAT(at_serve({"requests", "fetch", id, "--json"}).out, MatchesRegex("\\{.*\"request_id\":.*\\}\n"));
  EXPECT_EQ(at_serve({"requests", "fetch", id, "--source", "archive"}).code, exit_done);
  EXPECT_EQ(claimed("archive").study, id);
  EXPECT_THAT(at_serve({"requests", "fetch", id, "--source", "elsewhere"}).err, HasSubstr("one of orthanc, archive"));
  const Typed wrong = at_serve({"requests", "fetch", "abc"});
  EXPECT_EQ(wrong.code, exit_usage);
  EXPECT_THAT(wrong.err, HasSubstr("five groups of 8 hexadecimal digits"));
}

TEST_F(RemoteCommands, RequestsThatWaitAreToldWithWhatTheyWaitFor) {
  NewRequest wanted;
  wanted.source = "orthanc";
  wanted.study = api::kOrthancId;
  wanted.correlation_id = Uuid::random();
  ASSERT_TRUE(catalog::Requests(*database_).submit(std::span(&wanted, 1)));
  add_part({.name = "orthanc", .state = PartState::State::degraded, .reason = "connection refused"}, PartKind::source);
  EXPECT_EQ(at_serve({"requests", "list"}).err, "orthanc is degraded: connection refused\n");
  claimed("orthanc");
  EXPECT_EQ(at_serve({"requests", "list"}).err, "orthanc is degraded: connection refused\n") << "it was begun";
  wanted.source = "orthanc.gone";
  ASSERT_TRUE(catalog::Requests(*database_).submit(std::span(&wanted, 1)));
  EXPECT_THAT(at_serve({"requests", "list"}).err,
              HasSubstr("orthanc.gone is not in the settings of this serve: its requests wait"));
}

TEST_F(RemoteCommands, WhatIsTypedWronglyIsExitTwoInTheWordsOfTheCommandLine) {
  const std::vector<std::vector<std::string>> wrong = {{"--modality", "cr", "studies", "list"},
                                                       {"--source", "foo", "studies", "list"},
                                                       {"--flags", "foo", "studies", "list"},
                                                       {"--study-date", "yesterday", "studies", "list"},
                                                       {"--updated-since", "3", "studies", "list"},
                                                       {"--since", "yesterday", "events"},
                                                       {"--cause", "nonsense", "dead-letters", "list"},
                                                       {"--cause", "nonsense", "dead-letters", "replay"},
                                                       {"--stage", "nonsense", "dead-letters", "replay"},
                                                       {"ORTHANC-ID", "nonsense", "requests", "fetch"}};
  for (const std::vector<std::string>& each : wrong) {
    std::vector<std::string> words(each.begin() + 2, each.end());
    if (each[0].starts_with("--")) words.push_back(each[0]);
    words.push_back(each[1]);
    const Typed typed = at_serve(words);
    EXPECT_EQ(typed.code, exit_usage) << each[0] << ' ' << each[1];
    EXPECT_EQ(typed.out, "");
    EXPECT_THAT(typed.err, HasSubstr(each[0]));
    EXPECT_THAT(typed.err, Not(HasSubstr("query"))) << "these are words of HTTP";
    EXPECT_THAT(typed.err, Not(HasSubstr("body"))) << "these are words of HTTP";
  }
  EXPECT_THAT(at_serve({"studies", "list", "--flags", "foo"}).err, HasSubstr("patient_mismatch"));
  EXPECT_EQ(at_serve({"studies", "show", "1.2.3"}).code, exit_failed) << "nothing is typed wrongly";
}

TEST_F(RemoteCommands, NothingIsSaidToBeNothing) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"studies", "list"}, {"requests", "list"}, {"dead-letters", "list"}, {"dead-letters", "jobs"}, {"events"}}) {
    const Typed typed = at_serve(words);
    EXPECT_EQ(typed.code, exit_done);
    EXPECT_EQ(typed.out, "") << words[0];
    EXPECT_EQ(typed.err, "none\n") << words[0];
    std::vector<std::string> as_json = words;
    as_json.emplace_back("--json");
    EXPECT_EQ(at_serve(as_json).err, "") << words[0];
  }
}

TEST_F(RemoteCommands, EventsBeyondTheLimitAreToldOf) {
  add_events();
  EXPECT_EQ(at_serve({"events", "--limit", "2"}).err, "There may be more: continue with --after 2.\n");
  EXPECT_EQ(at_serve({"events", "--limit", "5"}).err, "");
  EXPECT_EQ(at_serve({"events"}).err, "");
}

TEST_F(RemoteCommands, AScannerThatWasTurnedAwayBeforeItSaidItsNameHasARowAllTheSame) {
  catalog::Association refused;
  refused.correlation_id = Uuid::random();
  refused.started_at = refused.ended_at = eight_o_clock;
  refused.called_ae = "WRONG";
  refused.peer = "10.1.2.5";
  refused.outcome = catalog::AssociationOutcome::rejected;
  refused.reason = "DIMSE_CALLERS admits nobody from there";
  catalog::Caller caller;
  caller.source = "dimse";
  caller.peer = "10.1.2.5";
  caller.first_seen_at = caller.last_seen_at = caller.last_refused_at = eight_o_clock;
  caller.associations = caller.refused_associations = 1;
  caller.last_refusal = refused.reason;
  ASSERT_TRUE(catalog::note_associations(*database_, std::span(&refused, 1), std::span(&caller, 1)));
  add_part({.name = "dimse"}, PartKind::source);
  EXPECT_THAT(at_serve({"sources", "list"}).out, HasSubstr("\n(none) "));
  EXPECT_THAT(at_serve({"sources", "show", "dimse"}).out, HasSubstr("(none)      WRONG      10.1.2.5"));
}

TEST_F(RemoteCommands, WhatIsOverHasNoAdviceThatIsOld) {
  catalog::Burial burial;
  burial.letter.id = Uuid::random();
  burial.letter.stage = Stage::header;
  burial.letter.cause = "header_too_large";
  burial.letter.detail = "header is larger than 1 MiB";
  burial.letter.advice = "raise HEADER_LIMIT_MIB";
  burial.letter.correlation_id = Uuid::random();
  burial.letter.first_failed_at = burial.letter.last_failed_at = eight_o_clock;
  catalog::DeadLetters letters(*database_);
  ASSERT_TRUE(letters.bury(std::span(&burial, 1), [](const DeadLetter& letter) { return event(letter.id.text()); }));
  EXPECT_THAT(at_serve({"dead-letters", "list"}).out, HasSubstr("raise HEADER_LIMIT_MIB"));
  EXPECT_THAT(at_serve({"dead-letters", "list"}).out, MatchesRegex("ID +AGE +STAGE(.|\n)*"));
  ASSERT_TRUE(letters.change_state(burial.letter.id, DeadLetterState::open, DeadLetterState::replayed));
  EXPECT_THAT(at_serve({"dead-letters", "show", "1"}).out, HasSubstr("nothing to do: the dead letter was replayed"));
  EXPECT_THAT(at_serve({"dead-letters", "show", "1"}).out, Not(HasSubstr("raise HEADER_LIMIT_MIB")));
  EXPECT_THAT(
      at_serve({"dead-letters", "list", "--state", "all"}).out,
      MatchesRegex("ID +STATE +AGE +STAGE(.|\n)*1 +replayed +(.|\n)*nothing to do: the dead letter was replayed\n"));
  const Typed again = at_serve({"dead-letters", "replay", "1", "--wait"});
  EXPECT_EQ(again.code, exit_problems);
  EXPECT_THAT(again.out, HasSubstr("0 of 1 succeeded, 0 failed, 1 could not be replayed\n"));
}

TEST_F(RemoteCommands, SourcesAreATableAndOneHasItsAssociations) {
  catalog::Association refused;
  refused.correlation_id = Uuid::random();
  refused.started_at = refused.ended_at = eight_o_clock;
  refused.calling_ae = "CT02";
  refused.peer = "10.1.2.4";
  refused.outcome = catalog::AssociationOutcome::rejected;
  refused.reason = "not named";
  catalog::Caller caller;
  caller.source = "dimse";
  caller.calling_ae = "CT02";
  caller.peer = "10.1.2.4";
  caller.first_seen_at = caller.last_seen_at = caller.last_refused_at = eight_o_clock;
  caller.associations = caller.refused_associations = 1;
  caller.last_refusal = "not named";
  ASSERT_TRUE(catalog::note_associations(*database_, std::span(&refused, 1), std::span(&caller, 1)));
  add_part({.name = "dimse"}, PartKind::source);
  const TestZone india("IST-5:30");
  const Typed list = at_serve({"sources", "list"});
  EXPECT_THAT(list.out, MatchesRegex("NAME +STATE +LAST SEEN +KEPT +REFUSED +PEER +DETAIL +REASON\n"
                                     "dimse +ok +- +- +- +- +- +-\n"
                                     "CT02 +[a-z]+ +2026-01-31T13:30:00\\+05:30 +0 +0 +10.1.2.4 +- +not named\n"))
      << list.out;
  const Typed one = at_serve({"sources", "show", "CT02"});
  EXPECT_THAT(one.out, HasSubstr("ENDED "));
  EXPECT_THAT(one.out, HasSubstr("\n2026-01-31T13:30:00+05:30  rejected  CT02 "));
  EXPECT_THAT(at_serve({"sources", "list", "--json"}).out, HasSubstr("2026-01-31T08:00:00.000000Z"));
}

}  // namespace
}  // namespace dmw::app
