// The request lane: repeats, and what it promises after an unclean end, for every database; see contract.h.
#pragma once

#include <span>
#include <vector>

#include "catalog/contract.h"

namespace dmw::catalog {

TEST_P(CatalogContract, RepeatsCoalesceUntilTheyAreClaimed) {
  Requests requests(database());
  const std::vector<NewRequest> three = {study_request("s1"), study_request("s1"), study_request("s2")};
  const std::vector<Submitted> made = requests.submit(three).value();
  EXPECT_EQ(made[0].request_id, made[1].request_id);
  EXPECT_TRUE(made[1].coalesced);
  EXPECT_NE(made[0].request_id, made[2].request_id);
  const NewRequest again = study_request("s1");
  EXPECT_EQ(requests.submit(std::span(&again, 1)).value()[0].request_id, made[0].request_id);

  std::vector<Request> claimed = requests.claim("orthanc", "me", 1, 60s).value();
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(claimed[0].study, "s1");
  EXPECT_EQ(claimed[0].repeats, 2);
  const Submitted next = requests.submit(std::span(&again, 1)).value()[0];
  EXPECT_NE(next.request_id, made[0].request_id);
  // One study is worked on once at a time: its repeats gather meanwhile.
  claimed = requests.claim("orthanc", "me", 10, 60s).value();
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(claimed[0].study, "s2");
}

TEST_P(CatalogContract, AParkedRequestWaitsBehindItsRepeat) {
  Requests requests(database());
  const NewRequest wanted = study_request("s1");
  const Submitted first_made = requests.submit(std::span(&wanted, 1)).value()[0];
  const Request claimed = requests.claim("orthanc", "me", 1, 60s).value().at(0);
  const Submitted second_made = requests.submit(std::span(&wanted, 1)).value()[0];
  ASSERT_TRUE(requests.postpone({claimed.id, "me"}, 0ms, Error{Errc::timeout, "slow", {}}));

  const Request second = requests.claim("orthanc", "me", 10, 60s).value().at(0);
  EXPECT_EQ(second.request_id, second_made.request_id);
  ASSERT_TRUE(requests.finish(std::vector{FinishedRequest{.id = second.id, .study_uids = {"1.2"}}}));
  const std::vector<Request> rest = requests.claim("orthanc", "me", 10, 60s).value();
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].request_id, first_made.request_id);
  EXPECT_FALSE(rest[0].interrupted);
  EXPECT_EQ(rest[0].attempts, 2);
  EXPECT_EQ(rest[0].last_error, "slow");
}

TEST_P(CatalogContract, WhatADeadHolderHadClaimedIsMarkedInterrupted) {
  Requests requests(database());
  const std::vector<NewRequest> two = {study_request("s1"), study_request("s2")};
  ASSERT_TRUE(requests.submit(two));
  const std::vector<Request> claimed = requests.claim("orthanc", "me", 10, 60s).value();
  ASSERT_EQ(claimed.size(), 2U);
  ASSERT_TRUE(requests.release("me", std::vector{claimed[1].id}));
  EXPECT_EQ(requests.recover("me").value(), 1);
  const std::vector<Request> again = requests.claim("orthanc", "me", 10, 60s).value();
  for (const Request& request : again) {
    EXPECT_EQ(request.interrupted, request.id == claimed[0].id);
    EXPECT_EQ(request.attempts, request.id == claimed[0].id ? 2 : 1);
  }
}

TEST_P(CatalogContract, TwoDeadClaimsOfOneStudyComeBackOneByOne) {
  Requests requests(database());
  const NewRequest wanted = study_request("s1");
  ASSERT_TRUE(requests.submit(std::span(&wanted, 1)));
  ASSERT_EQ(requests.claim("orthanc", "me", 1, 60s).value().size(), 1U);
  ASSERT_TRUE(requests.submit(std::span(&wanted, 1)));
  ASSERT_TRUE(
      database().write([](db::Transaction& t) { return t.script("update requests set state = 1, leased_until = 0"); }));
  const std::vector<Request> claimed = requests.claim("orthanc", "me", 10, 60s).value();
  ASSERT_EQ(claimed.size(), 1U);
  ASSERT_TRUE(requests.finish(std::vector{FinishedRequest{.id = claimed[0].id}}));
  EXPECT_EQ(requests.claim("orthanc", "me", 10, 60s).value().size(), 1U);
}

TEST_P(CatalogContract, NoOtherRequestOvertakesAnInterruptedOneWithoutItsMark) {
  Requests requests(database());
  const NewRequest wanted = study_request("s1");
  ASSERT_TRUE(requests.submit(std::span(&wanted, 1)));
  const Request dead = requests.claim("orthanc", "dead", 1, 60s).value().at(0);
  NewRequest single = study_request("");
  single.instances = {"i1"};
  ASSERT_TRUE(requests.submit(std::vector{wanted, study_request("s2"), single}));
  ASSERT_EQ(requests.recover("dead").value(), 1);

  // Another replica: the repeat goes first, and what may name the same instances is as suspect.
  const std::vector<Request> others = requests.claim("orthanc", "other", 10, 60s).value();
  ASSERT_EQ(others.size(), 3U);
  for (const Request& request : others) EXPECT_EQ(request.interrupted, request.study != "s2") << request.study;
  const auto finish = [&](const Request& request) {
    ASSERT_TRUE(requests.finish(std::vector{FinishedRequest{.id = request.id}}));
  };
  for (const Request& request : others) finish(request);
  const std::vector<Request> back = requests.claim("orthanc", "other", 10, 60s).value();
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(back[0].id, dead.id);
  EXPECT_TRUE(back[0].interrupted);
  // Once it is through, nothing is suspect any more.
  finish(back[0]);
  ASSERT_TRUE(requests.submit(std::vector{wanted, single}));
  const std::vector<Request> fresh = requests.claim("orthanc", "other", 10, 60s).value();
  EXPECT_EQ(fresh.size(), 2U);
  for (const Request& request : fresh) EXPECT_FALSE(request.interrupted);
}

TEST_P(CatalogContract, ARequestOfInstancesThatWasInterruptedMakesStudiesSuspect) {
  Requests requests(database());
  NewRequest single = study_request("");
  single.instances = {"i1"};
  ASSERT_TRUE(requests.submit(std::vector{single}));
  ASSERT_EQ(requests.claim("orthanc", "dead", 1, 60s).value().size(), 1U);
  ASSERT_EQ(requests.recover("dead").value(), 1);
  ASSERT_TRUE(requests.claim("orthanc", "other", 1, 60s).value().at(0).interrupted);
  ASSERT_TRUE(requests.submit(std::vector{study_request("s1")}));
  EXPECT_TRUE(requests.claim("orthanc", "other", 1, 60s).value().at(0).interrupted);
}

/// A replica that was frozen for longer than its lease wakes up and does what it was about to do.
TEST_P(CatalogContract, AHolderWhoseLeaseIsOverChangesNothingOfTheNextClaim) {
  Requests requests(database());
  ASSERT_TRUE(requests.submit(std::vector{study_request("s1")}));
  const std::int64_t id = requests.claim("orthanc", "frozen", 1, 0s).value().at(0).id;
  Request now;
  for (int tries = 0; now.id == 0 && tries < 1'000; ++tries) {  // until the clock of the database has moved on
    const std::vector<Request> taken = requests.claim("orthanc", "next", 1, 60s).value();
    if (!taken.empty()) now = taken[0];
  }
  ASSERT_EQ(now.id, id);
  const auto as_claimed = [&] {
    const Request request = requests.get(now.request_id.text()).value().value();
    EXPECT_TRUE(requests.claim("orthanc", "third", 1, 60s).value().empty());
    return request.state == RequestState::claimed && request.attempts == now.attempts && request.last_error.empty();
  };

  ASSERT_TRUE(requests.release("frozen", std::vector{id}));
  EXPECT_TRUE(as_claimed());
  ASSERT_TRUE(requests.postpone({id, "frozen"}, 0ms, Error{Errc::timeout, "slow", {}}));
  EXPECT_TRUE(as_claimed());
  Burial burial{.letter = {}, .claim = RequestClaim{id, "frozen"}};
  burial.letter.id = Uuid::random();
  burial.letter.original_payload = "{}";
  const auto tell = [](const DeadLetter& letter) { return event_named(letter.id.text()); };
  DeadLetters letters(database());
  EXPECT_EQ(letters.bury(std::span(&burial, 1), tell).error().code, Errc::stale);
  EXPECT_TRUE(as_claimed());
  EXPECT_TRUE(letters.list({}).value().empty());

  burial.claim->holder = "next";
  ASSERT_TRUE(letters.bury(std::span(&burial, 1), tell));
  EXPECT_EQ(requests.get(now.request_id.text()).value()->state, RequestState::failed);
}

TEST_P(CatalogContract, AClockThatIsSetBackKeepsNoRequestWaiting) {
  Requests requests(database());
  const auto set_clock_back_by_a_day = [&](const std::string& columns) {
    ASSERT_TRUE(database().write([&](db::Transaction& t) { return t.script("update requests set " + columns); }));
  };
  ASSERT_TRUE(requests.submit(std::vector{study_request("s1")}));
  const Request first = requests.claim("orthanc", "me", 1, 60s).value().at(0);
  ASSERT_TRUE(requests.postpone({first.id, "me"}, 300s, Error{Errc::timeout, "slow", {}}));
  EXPECT_TRUE(requests.claim("orthanc", "me", 1, 60s).value().empty()) << "it waits for five minutes";
  set_clock_back_by_a_day("not_before = not_before + 86400000000, updated_at = updated_at + 86400000000");
  ASSERT_EQ(requests.claim("orthanc", "me", 1, 60s).value().size(), 1U);

  // Its holder is gone; its lease would go on for a day.
  EXPECT_TRUE(requests.claim("orthanc", "other", 1, 60s).value().empty());
  set_clock_back_by_a_day("leased_until = leased_until + 86400000000");
  EXPECT_EQ(requests.claim("orthanc", "other", 1, 60s).value().size(), 1U);
}

TEST_P(CatalogContract, AClockThatIsSetBackKeepsNoLeaderThatIsGone) {
  ASSERT_TRUE(lead(database(), "poller/orthanc", "gone", 15s, std::nullopt).value());
  EXPECT_FALSE(lead(database(), "poller/orthanc", "next", 15s, std::nullopt).value());
  ASSERT_TRUE(database().write(
      [](db::Transaction& t) { return t.script("update leaders set leased_until = leased_until + 86400000000"); }));
  EXPECT_TRUE(lead(database(), "poller/orthanc", "next", 15s, std::nullopt).value());
}

TEST_P(CatalogContract, AStudyThatLacksInstancesIsComparedAgainLater) {
  Requests requests(database());
  NewRequest wanted = study_request("s1");
  wanted.closes = true;
  ASSERT_TRUE(requests.submit(std::vector{wanted}));
  const Request claimed = requests.claim("orthanc", "me", 1, 60s).value().at(0);
  EXPECT_EQ(claimed.look, 0);
  FinishedRequest finished{.id = claimed.id, .study_uids = {"1.2"}};
  finished.source = "orthanc";
  finished.study = "s1";
  finished.again = NextLook{.look = 1, .delay = 60s};
  ASSERT_TRUE(requests.finish(std::vector{finished}));
  EXPECT_TRUE(requests.claim("orthanc", "me", 1, 60s).value().empty()) << "not yet";
  EXPECT_EQ(requests.depth().value().waiting, 0) << "nobody waits for it";
  ASSERT_TRUE(database().write(
      [](db::Transaction& t) { return t.script("update requests set not_before = 0 where state = 0"); }));
  const Request second = requests.claim("orthanc", "me", 1, 60s).value().at(0);
  EXPECT_EQ(second.study, "s1");
  EXPECT_EQ(second.look, 1);
  EXPECT_TRUE(second.closes);
  EXPECT_EQ(second.priority, RequestPriority::reconciled);

  // Somebody who asks meanwhile does not wait for it, and is looked for as often as any other.
  finished.id = second.id;
  finished.again = NextLook{.look = 2, .delay = 600s};
  ASSERT_TRUE(requests.finish(std::vector{finished}));
  EXPECT_TRUE(requests.submit(std::vector{study_request("s1")}).value().at(0).coalesced);
  const Request third = requests.claim("orthanc", "me", 1, 60s).value().at(0);
  EXPECT_EQ(third.look, 0);
  EXPECT_EQ(third.priority, RequestPriority::asked);
}

/// The mirror of a request that joins a waiting look: it is looked for as often as any other then, too.
TEST_P(CatalogContract, ALookThatJoinsAWaitingRequestTakesNoLookFromIt) {
  Requests requests(database());
  NewRequest wanted = study_request("s1");
  wanted.closes = true;
  ASSERT_TRUE(requests.submit(std::vector{wanted}));
  const Request first = requests.claim("orthanc", "me", 1, 60s).value().at(0);
  EXPECT_FALSE(requests.submit(std::vector{study_request("s1")}).value().at(0).coalesced);
  ASSERT_TRUE(database().write([&](db::Transaction& t) {
    return Requests::fail_for_good(t, {first.id, "me", NextLook{.look = 3, .delay = 3'600s}}, "no such study");
  }));
  const Request second = requests.claim("orthanc", "me", 9, 60s).value().at(0);
  EXPECT_EQ(second.look, 0) << "and at once";
  EXPECT_TRUE(second.closes) << "what the look would have closed";
  EXPECT_EQ(requests.list({.state = RequestState::waiting}).value().size(), 0U);
}

/// Two of one study are under way where the lease of the first one has ended.
TEST_P(CatalogContract, TwoLooksForOneStudyAreOne) {
  Requests requests(database());
  std::vector<FinishedRequest> finished;
  for (const int look : {2, 1}) {
    NewRequest wanted = study_request("s1");
    wanted.closes = look == 2;
    ASSERT_TRUE(requests.submit(std::vector{wanted}));
    const Request claimed = requests.claim("orthanc", "me", 1, 0s).value().at(0);
    finished.push_back({.id = claimed.id, .source = "orthanc", .study = "s1"});
    finished.back().again = NextLook{.look = look, .delay = 60s * look};
    // Another waits by then, so that this one is not given out again.
    if (finished.size() == 1) {
      ASSERT_TRUE(requests.submit(std::vector{study_request("s1")}));
    }
  }
  ASSERT_NE(finished[0].id, finished[1].id);
  const Result<std::vector<std::int64_t>> ended = requests.finish(finished);
  ASSERT_TRUE(ended) << ended.error().message();
  const std::vector<Request> waiting = requests.list({.state = RequestState::waiting}).value();
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting.front().look, 1);
  EXPECT_TRUE(waiting.front().closes) << "as the other would have done";
  finished[0].again = NextLook{.look = 3, .delay = 0s};
  ASSERT_TRUE(requests.finish(std::vector{finished[0]}));
  EXPECT_EQ(requests.claim("orthanc", "me", 9, 60s).value().at(0).look, 1) << "as soon as the sooner one";
}

TEST_P(CatalogContract, SingleInstancesThatTheSourceHasNotGotAreLookedForAgain) {
  Requests requests(database());
  NewRequest wanted;
  wanted.source = "orthanc";
  wanted.instances = {"i1", "i2", "i3"};
  wanted.priority = RequestPriority::seen;
  wanted.correlation_id = Uuid::random();
  ASSERT_TRUE(requests.submit(std::vector{wanted, wanted}));
  std::vector<FinishedRequest> finished;
  const std::vector<Request> claimed = requests.claim("orthanc", "me", 2, 60s).value();
  for (const Request& request : claimed) {
    finished.push_back({.id = request.id, .source = "orthanc"});
    finished.back().again = NextLook{.look = 1, .delay = 60s, .instances = {"i2"}};
  }
  ASSERT_TRUE(requests.finish(finished));
  EXPECT_EQ(requests.depth().value().waiting, 0);
  ASSERT_TRUE(database().write(
      [](db::Transaction& t) { return t.script("update requests set not_before = 0 where state = 0"); }));
  const std::vector<Request> looks = requests.claim("orthanc", "me", 9, 60s).value();
  ASSERT_EQ(looks.size(), 2U);
  for (const Request& look : looks) {
    EXPECT_EQ(look.look, 1);
    EXPECT_EQ(look.instances, std::vector<std::string>{"i2"});
    EXPECT_TRUE(look.study.empty());
    EXPECT_EQ(look.correlation_id, wanted.correlation_id);
  }
}

TEST_P(CatalogContract, WhatWaitsIsCountedBySource) {
  Requests requests(database());
  NewRequest elsewhere = study_request("s1");
  elsewhere.source = "orthanc.b";
  elsewhere.priority = RequestPriority::reconciled;
  ASSERT_TRUE(requests.submit(std::vector{study_request("s1"), study_request("s2"), elsewhere}));
  ASSERT_EQ(requests.claim("orthanc", "me", 1, 60s).value().size(), 1U);
  EXPECT_EQ(requests.depth("orthanc").value().waiting, 1);
  EXPECT_EQ(requests.depth("orthanc").value().claimed, 1);
  EXPECT_EQ(requests.depth("orthanc").value().reconciled, 0);
  EXPECT_EQ(requests.depth("orthanc.b").value().waiting, 1);
  EXPECT_EQ(requests.depth("orthanc.b").value().reconciled, 1);
  EXPECT_EQ(requests.depth("orthanc.c").value().waiting, 0);
  EXPECT_EQ(requests.depth().value().waiting, 2);
}

TEST_P(CatalogContract, RequestsOfASourceThatNobodyServesAreFound) {
  Requests requests(database());
  const auto unserved = [&](const std::vector<std::string>& served) {
    std::vector<std::string> names;
    const std::vector<UnservedRequests> found = requests.unserved(served).value();
    for (const UnservedRequests& one : found) names.push_back(one.source);
    return names;
  };
  NewRequest elsewhere = study_request("s1");
  elsewhere.source = "orthanc.b";
  ASSERT_TRUE(requests.submit(std::vector{study_request("s1"), elsewhere}));
  EXPECT_EQ(unserved({}), (std::vector<std::string>{"orthanc", "orthanc.b"}));
  EXPECT_EQ(unserved({"orthanc"}), std::vector<std::string>{"orthanc.b"});
  ASSERT_EQ(requests.claim("orthanc.b", "me", 1, 60s).value().size(), 1U);
  EXPECT_EQ(requests.unserved({}).value().at(1).count, 1) << "one that was claimed waits, too";
  ASSERT_TRUE(lead(database(), "poller/orthanc.b", "another", 15s, std::nullopt).value());
  EXPECT_EQ(unserved({"orthanc"}), std::vector<std::string>()) << "another program follows it";
  ASSERT_TRUE(resign(database(), "poller/orthanc.b", "another"));
  EXPECT_EQ(unserved({"orthanc"}), std::vector<std::string>{"orthanc.b"}) << "it has stopped";
}

TEST_P(CatalogContract, ALookIsAsOldAsTheRequestThatLeftIt) {
  Requests requests(database());
  ASSERT_TRUE(requests.submit(std::vector{study_request("s1")}));
  ASSERT_TRUE(database().write([](db::Transaction& t) { return t.script("update requests set erasures_before = 7"); }));
  const Request claimed = requests.claim("orthanc", "me", 1, 60s).value().at(0);
  const auto fail_it = [&](db::Transaction& t) {
    return Requests::fail_for_good(t, {claimed.id, "me", NextLook{.look = 1, .delay = 0s}},
                                   "the source has no such study");
  };
  ASSERT_TRUE(database().write(fail_it));
  EXPECT_EQ(requests.claim("orthanc", "me", 1, 60s).value().at(0).erasures_before, 7);
}

TEST_P(CatalogContract, AParkedRequestDoesNotWaitForALookOfItsStudy) {
  Requests requests(database());
  ASSERT_TRUE(requests.submit(std::vector{study_request("s1")}));
  const Request first = requests.claim("orthanc", "me", 1, 60s).value().at(0);
  ASSERT_TRUE(requests.submit(std::vector{study_request("s1")}));
  ASSERT_TRUE(requests.postpone({first.id, "me"}, 0s, Error{Errc::unavailable, "no answer", {}}));
  const Request second = requests.claim("orthanc", "me", 1, 60s).value().at(0);
  ASSERT_NE(second.id, first.id) << "what waits goes before what is parked";
  ASSERT_TRUE(database().write([&](db::Transaction& t) {
    return Requests::fail_for_good(t, {second.id, "me", NextLook{.look = 1, .delay = 1h}}, "no such study");
  }));
  const std::vector<Request> next = requests.claim("orthanc", "me", 9, 60s).value();
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].id, first.id);
  EXPECT_EQ(next[0].look, 0);
}

TEST_P(CatalogContract, WhoseLeaseWasTakenConfirmsItNoMore) {
  const std::int64_t epoch = lead(database(), "poller/x", "frozen", 0s, {}).value()->epoch;
  const auto confirm = [&] {
    return database().write([&](db::Transaction& t) { return require_lead(t, "poller/x", epoch); });
  };
  EXPECT_TRUE(confirm()) << "nobody has taken it";
  while (!lead(database(), "poller/x", "next", 60s, {}).value()) {
  }
  EXPECT_EQ(confirm().error().code, Errc::stale);
}

}  // namespace dmw::catalog
