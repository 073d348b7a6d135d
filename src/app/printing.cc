#include "app/printing.h"

#include <cstdio>

#include "app/commands.h"

namespace dmw::app {

void print_line(const json::value& value) {
  std::printf("%s\n", json::serialize(value).c_str());
}

std::string text_of(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  if (found == nullptr || found->is_null()) return "-";
  if (found->is_string()) return std::string(found->get_string());
  return json::serialize(*found);
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
      std::printf("%s\n", row(item.get_object()).c_str());
  }
  return exit_done;
}

}  // namespace dmw::app
