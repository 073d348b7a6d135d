// A manual clock that goes on until an answer is there.
#pragma once

#include <chrono>
#include <future>

#include "base/clock.h"
#include "testing/eventually.h"
#include "testing/manual_clock.h"

namespace dmw::sources {

/// Lets half a minute pass again and again until there is an answer, because a thread may begin its wait late.
template <typename Answer>
bool passes_until_ready(ManualClock& clock, const std::future<Answer>& answer) {
  return eventually([&] {
    clock.advance(std::chrono::seconds(31));
    return answer.wait_for(std::chrono::milliseconds(5)) == std::future_status::ready;
  });
}

}  // namespace dmw::sources
