#include "events/bounded.h"

#include <algorithm>
#include <utility>

namespace dmw::events {

std::string_view clip(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  // A byte 10xxxxxx continues a character (RFC 3629 §3).
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

json::value text_or_null(std::string_view text) {
  return json::nullable(clip(text));
}

bool add_within(json::array& list, std::size_t& bytes, json::value entry, std::size_t bytes_max) {
  const std::size_t more = json::serialize(entry).size() + 1;
  if (bytes + more > bytes_max) return false;
  bytes += more;
  list.push_back(std::move(entry));
  return true;
}

json::array distinct(std::vector<std::string_view> texts, std::size_t bytes_max) {
  std::ranges::sort(texts);
  const auto repeats = std::ranges::unique(texts);
  texts.erase(repeats.begin(), repeats.end());
  json::array list;
  std::size_t bytes = 0;
  for (const std::string_view text : texts) {
    if (!text.empty() && !add_within(list, bytes, json::value(clip(text)), bytes_max)) break;
  }
  return list;
}

}  // namespace dmw::events
