#include "base/words.h"

#include <ctime>

#include "base/format.h"

namespace dmw {

std::string in_words(std::chrono::seconds time) {
  using namespace std::chrono;
  if (time < 2min) return format("{} s", time.count());
  if (time < 2h) return format("{} min", floor<minutes>(time).count());
  return format("{} h", floor<hours>(time).count());
}

std::string local_rfc3339(MicrosUtc time) {
  const auto seconds = static_cast<std::time_t>(time / 1'000'000);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return rfc3339(time);
  const std::chrono::seconds offset(local.tm_gmtoff);
  std::string text = rfc3339(time + std::chrono::microseconds(offset).count());
  text.pop_back();  // Z
  const auto minutes = std::chrono::floor<std::chrono::minutes>(std::chrono::abs(offset)).count();
  return text + format("{}{:02}:{:02}", offset.count() < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

std::string grouped(std::int64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3 && text[at - 4] != '-';) text.insert(at -= 3, ",");
  return text;
}

}  // namespace dmw
