#include "base/log.h"

#include <algorithm>
#include <atomic>
#include <memory>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/clock.h"
#include "base/format.h"
#include "base/json.h"
#include "base/terminal.h"
#include "base/words.h"

namespace dmw::log {
namespace {

std::atomic<Level> threshold = Level::info;
std::atomic<Form> chosen_form = Form::text;

spdlog::logger& sink() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("dmw", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");  // the line is complete when it gets there
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

std::string_view name(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

std::string words_of(const Field& field) {
  return std::visit(
      [](const auto& value) {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string_view>)
          return for_terminal(value);
        else
          return format("{}", value);
      },
      field.value);
}

std::string subject_of(Event event) {
  if (!event.subject.empty()) return for_terminal(event.subject);
  std::string words(event.name);
  std::ranges::replace(words, '_', ' ');
  return words;
}

/// A text of nothing says nothing.
bool is_empty(const Field& field) {
  const auto* const text = std::get_if<std::string_view>(&field.value);
  return text != nullptr && text->empty();
}

/// True if the field is shown after the sentence: every field if there is no sentence, otherwise only the
/// worker and the correlation id of a warning or error.
bool is_told(const Field& field, Level level, std::string_view message) {
  if (message.empty()) return true;
  const bool finds_it = field.key == "correlation_id" || field.key == "lane";
  return finds_it && (level == Level::warning || level == Level::error);
}

std::string render_text(Level level, Event event, std::string_view message, Fields fields, std::string_view time) {
  std::string rest = for_terminal(message);
  for (const Field& field : fields) {
    if (is_told(field, level, message) && !is_empty(field))
      rest += format("{}{}={}", rest.empty() ? "" : " ", field.key, words_of(field));
  }
  // 2026-01-31T12:00:00.000000+01:00 -> 12:00:00+01:00
  std::string line(time.substr(11, 8));
  if (const std::size_t offset = time.find_first_of("+-", 19); offset != time.npos) line += time.substr(offset);
  if (level == Level::error) line += " ERROR";
  if (level == Level::warning) line += " WARN ";
  line += format(" {:<5}", subject_of(event));
  return rest.empty() ? line : line + "  " + rest;
}

std::string render_json(Level level, Event event, std::string_view message, Fields fields, std::string_view time) {
  json::object line;
  line["event"] = event.name;
  line["level"] = name(level);
  line["timestamp"] = time;
  if (!message.empty()) line["message"] = message;
  for (const Field& field : fields) {
    if (!is_empty(field)) std::visit([&](const auto& v) { line[field.key] = v; }, field.value);
  }
  return json_for_terminal(json::serialize(line));
}

}  // namespace

void configure(Level at_least, Form form) {
  threshold = at_least;
  chosen_form = form;
}

std::string render(Form form, Level level, Event event, std::string_view message, Fields fields,
                   std::string_view time) {
  return form == Form::json ? render_json(level, event, message, fields, time)
                            : render_text(level, event, message, fields, time);
}

void write(Level level, Event event, std::string_view message, Fields fields) {
  if (level < threshold.load(std::memory_order_relaxed)) return;
  const Form form = chosen_form.load(std::memory_order_relaxed);
  const MicrosUtc now = SystemClock().now();
  const std::string line =
      render(form, level, event, message, fields, form == Form::text ? local_rfc3339(now) : rfc3339(now));
  sink().log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

void for_machines(Level level, Event event, std::string_view message, Fields fields) {
  if (chosen_form.load(std::memory_order_relaxed) == Form::json) write(level, event, message, fields);
}

}  // namespace dmw::log
