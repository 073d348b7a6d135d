#include "app/printing.h"

#include <algorithm>
#include <cstdio>

#include "api/parameters.h"
#include "app/commands.h"
#include "base/format.h"
#include "base/terminal.h"

namespace dmw::app {

void print_line(const json::value& value) {
  std::printf("%s\n", json_for_terminal(json::serialize(value)).c_str());
}

std::string text_of(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  if (found == nullptr || found->is_null()) return "-";
  if (found->is_string()) return for_terminal(found->get_string());
  return json_for_terminal(json::serialize(*found));
}

std::string age_of(const json::object& from, std::string_view key, MicrosUtc now) {
  const auto time = api::parse_time(text_of(from, key));
  if (!time) return "-";
  const auto seconds = std::max<MicrosUtc>(0, now - *time) / 1'000'000;
  if (seconds < 60) return format("{}s", seconds);
  if (seconds < 60 * 60) return format("{}m", seconds / 60);
  if (seconds < 24 * 60 * 60) return format("{}h", seconds / (60 * 60));
  return format("{}d", seconds / (24 * 60 * 60));
}

std::string grouped(std::int64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3 && text[at - 4] != '-';) text.insert(at -= 3, ",");
  return text;
}

int print_object(const Result<json::value>& answer) {
  if (!answer) return report(answer.error());
  print_line(*answer);
  return exit_done;
}

int print_list(const Result<json::value>& answer, std::string_view name, bool json,
               const std::function<std::string(const json::object&)>& row) {
  if (!answer) return report(answer.error());
  const json::value* list = answer->is_object() ? answer->get_object().if_contains(name) : nullptr;
  if (list == nullptr || !list->is_array())
    return report(Error{Errc::internal, "an answer without " + std::string(name), {}});
  for (const json::value& item : list->get_array()) {
    if (json || !item.is_object())
      print_line(item);
    else
      std::printf("%s\n", for_terminal(row(item.get_object())).c_str());
  }
  return exit_done;
}

}  // namespace dmw::app
