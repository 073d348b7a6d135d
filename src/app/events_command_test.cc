#include "app/events_command.h"

#include <gtest/gtest.h>

namespace dmw::app {
namespace {

json::object event_of(std::string_view text) {
  return json::parse(text).value().as_object();
}

TEST(EventsCommand, PutsTheBodyBesideThePlaceInTheLog) {
  const json::object flat = flattened(event_of(
      R"({"position":7,"event_id":"e","event_type":"study.received","at":"T","topic":"metadata","key":"1.2",)"
      R"("headers":{"ce_id":"e"},"body":{"correlation_id":"c","event_id":"e","event_type":"study.received","revision":1}})"));
  EXPECT_EQ(json::serialize(flat),
            R"({"position":7,"topic":"metadata","key":"1.2","event_id":"e","event_type":"study.received","at":"T",)"
            R"("correlation_id":"c","revision":1})");
}

TEST(EventsCommand, NamesTheTypeOfADeadLetterToo) {
  const json::object flat = flattened(event_of(
      R"({"position":8,"event_type":"item.set_aside","topic":"dead_letters","key":"k","body":{"cause":"not_found"}})"));
  EXPECT_EQ(json::get_string(flat, "event_type"), "item.set_aside");
  EXPECT_EQ(json::get_string(flat, "cause"), "not_found");
}

}  // namespace
}  // namespace dmw::app
