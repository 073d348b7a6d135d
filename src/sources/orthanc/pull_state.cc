#include "sources/orthanc/pull_state.h"

#include <array>
#include <cstddef>
#include <utility>

namespace dmw::sources {
namespace {

constexpr std::array<std::string_view, pull_states> state_names = {
    "listing", "working", "lacking", "giving up", "failing", "awaiting", "done", "try again", "failed", "given back"};

}  // namespace

PullState after(PullState state, PullEvent event) {
  using enum PullState;
  using Row = std::array<PullState, pull_events>;
  // clang-format off
  static constexpr std::array<Row, pull_states> table = {{
      //                listed      went_on     absent      failed      gave_up     for_good    drained     recorded    cancelled
      /* listing    */ {working,    listing,    working,    lacking,    giving_up,  failing,    listing,    listing,    given_back},
      /* working    */ {working,    working,    working,    lacking,    giving_up,  failing,    awaiting,   working,    given_back},
      /* lacking    */ {lacking,    lacking,    lacking,    lacking,    giving_up,  failing,    try_again,  lacking,    given_back},
      /* giving_up  */ {giving_up,  giving_up,  giving_up,  giving_up,  giving_up,  failing,    try_again,  giving_up,  given_back},
      /* failing    */ {failing,    failing,    failing,    failing,    failing,    failing,    failed,     failing,    given_back},
      /* awaiting   */ {awaiting,   awaiting,   awaiting,   awaiting,   awaiting,   awaiting,   awaiting,   done,       awaiting},
      /* done       */ {done,       done,       done,       done,       done,       done,       done,       done,       done},
      /* try_again  */ {try_again,  try_again,  try_again,  try_again,  try_again,  try_again,  try_again,  try_again,  try_again},
      /* failed     */ {failed,     failed,     failed,     failed,     failed,     failed,     failed,     failed,     failed},
      /* given_back */ {given_back, given_back, given_back, given_back, given_back, given_back, given_back, given_back, given_back},
  }};
  // clang-format on
  return table[static_cast<std::size_t>(std::to_underlying(state))]
              [static_cast<std::size_t>(std::to_underlying(event))];
}

bool is_stopped(PullState state) {
  using enum PullState;
  return state != listing && state != working && state != lacking;
}

bool is_ended(PullState state) {
  using enum PullState;
  return state == done || state == try_again || state == failed || state == given_back;
}

std::string_view name(PullState state) {
  return state_names[static_cast<std::size_t>(std::to_underlying(state))];
}

}  // namespace dmw::sources
