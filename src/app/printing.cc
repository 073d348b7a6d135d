#include "app/printing.h"

#include <algorithm>
#include <cstdio>
#include <limits>

#include "api/parameters.h"
#include "app/commands.h"
#include "base/format.h"
#include "base/terminal.h"
#include "base/words.h"
#include "http/target.h"
#include "model/origin.h"

namespace dmw::app {
namespace {

constexpr std::int64_t page_max = 500;

/// Whether the member is a time, by its name.
bool names_a_time(std::string_view key) {
  return key.ends_with("_at") || key == "at" || key == "since" || key == "timestamp";
}

std::string time_for_people(std::string_view time) {
  const auto parsed = api::parse_time(time);
  if (!parsed) return for_terminal(time);
  // 2026-01-31T13:00:00.000000+01:00
  return local_rfc3339(*parsed).erase(19, 7);
}

}  // namespace

void print_line(const json::value& value) {
  std::printf("%s\n", json_for_terminal(json::serialize(value)).c_str());
}

void say_none() {
  std::fprintf(stderr, "none\n");
}

int report_answer(const Error& error) {
  return report(error, error.code == Errc::invalid ? exit_usage : exit_failed);
}

std::string text_of(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  if (found == nullptr || found->is_null()) return "-";
  if (found->is_string() && names_a_time(key)) return time_for_people(found->get_string());
  if (found->is_string()) return for_terminal(found->get_string());
  return json_for_terminal(json::serialize(*found));
}

std::string age_of(const json::object& from, std::string_view key, MicrosUtc now) {
  const auto time = api::parse_time(json::get_string(from, key).value_or(""));
  if (!time) return "-";
  const auto seconds = std::max<MicrosUtc>(0, now - *time) / 1'000'000;
  if (seconds < 60) return format("{}s", seconds);
  if (seconds < 60 * 60) return format("{}m", seconds / 60);
  if (seconds < 24 * 60 * 60) return format("{}h", seconds / (60 * 60));
  return format("{}d", seconds / (24 * 60 * 60));
}

void Table::add(std::vector<std::string> row) {
  for (std::string& cell : row) cell = shown_name(cell);
  rows_.push_back(std::move(row));
}

std::string Table::text() const {
  // In characters, as a terminal counts them, except wide ones.
  const auto width_of = [](const std::string& cell) {
    return static_cast<std::size_t>(
        std::ranges::count_if(cell, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; }));
  };
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      text += row[i] + std::string(widths[i] - width_of(row[i]) + 2, ' ');
    }
    text += row.back() + "\n";
  }
  return text;
}

void Table::print() const {
  if (empty()) return say_none();
  std::fputs(lines_for_terminal(text()).c_str(), stdout);
}

std::string words_of(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  std::string words;
  if (found == nullptr || !found->is_array()) return "-";
  for (const json::value& word : found->get_array()) {
    if (word.is_string()) words += (words.empty() ? "" : ",") + std::string(word.get_string());
  }
  return words.empty() ? "-" : words;
}

void print_members(const json::object& object) {
  std::size_t widest = 0;
  for (const auto& member : object) widest = std::max(widest, member.key().size());
  for (const auto& [key, value] : object) {
    const bool many = value.is_array() && !value.get_array().empty() && value.get_array().front().is_object();
    if (many) continue;
    const std::string said = value.is_array() ? words_of(object, key) : shown_name(text_of(object, key), 4'096);
    std::printf("%-*s  %s\n", static_cast<int>(widest), std::string(key).c_str(), said.c_str());
  }
}

int print_object(const Result<json::value>& answer) {
  if (!answer) return report_answer(answer.error());
  print_line(*answer);
  return exit_done;
}

int each_of(const Result<json::value>& answer, std::string_view name,
            const std::function<void(const json::object&)>& visit) {
  if (!answer) return report_answer(answer.error());
  const json::value* list = answer->is_object() ? answer->get_object().if_contains(name) : nullptr;
  if (list == nullptr || !list->is_array())
    return report(Error{Errc::internal, "the answer lacks " + std::string(name), {}});
  for (const json::value& item : list->get_array()) {
    if (item.is_object()) visit(item.get_object());
  }
  return exit_done;
}

int each_in_pages(const Remote& remote, const std::string& path, std::string_view name,
                  std::optional<std::int64_t> most, const std::function<void(const json::object&)>& visit) {
  std::int64_t left = most.value_or(std::numeric_limits<std::int64_t>::max());
  bool is_more = false;
  std::string cursor;
  while (!is_more) {
    const char* const glue = path.contains('?') ? "&" : "?";
    // Requests one more than needed, to find out if there are more.
    const std::int64_t asked = std::min(left, page_max - 1) + 1;
    const Result<json::value> page = remote.get(format("{}{}limit={}{}", path, glue, asked, cursor));
    const int code = each_of(page, name, [&](const json::object& item) {
      is_more = left == 0;
      if (is_more) return;
      --left;
      visit(item);
    });
    if (code != exit_done) return code;
    const auto next = json::get_string(page->get_object(), "next_cursor");
    if (!next) break;
    cursor = "&cursor=" + http::percent_encode(*next);
  }
  if (is_more)
    std::fprintf(stderr, "These are the first %s; there are more: give a larger --limit.\n", grouped(*most).c_str());
  return exit_done;
}

}  // namespace dmw::app
