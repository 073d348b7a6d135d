#include "sources/folder/second_look.h"

#include <utility>

namespace dmw::sources {
namespace {

constexpr std::size_t moved_max = 100'000;

}  // namespace

std::optional<Filing::Filed> SecondLook::due() {
  if (moved_.empty() || (moved_.front().due > clock_.monotonic() && moved_.size() <= moved_max)) return std::nullopt;
  Filing::Filed filed = std::move(moved_.front().filed);
  moved_.pop_front();
  return filed;
}

}  // namespace dmw::sources
