// Log: one JSON object on each line (event, level, timestamp, correlation_id and typed fields). On a terminal a line is
// text: time, subject, sentence. Any thread. A Private<T> does not convert to a field value, so code that logs patient
// data does not compile.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace dmw::log {

enum class Level { debug, info, warning, error };
enum class Form { text, json };

/// The name of a line. `name` is stable and for programs (`pipeline_success`). `subject` is for people ("study
/// 2.25.329800735698586629295641978511506172918"); without it, the name in words is used. Both texts must live until
/// the call returns.
struct Event {
  std::string_view name;
  std::string_view subject;

  Event(const char* n) : name(n) {}
  Event(std::string_view n, std::string_view s) : name(n), subject(s) {}
};

/// One typed member of a log line; an empty text is left out. `key` and texts must live until the call returns.
struct Field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  template <std::integral Int>
  Field(std::string_view k, Int v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

using Fields = std::initializer_list<Field>;

/// Call it once, before the first line. Lines go to stderr.
void configure(Level at_least, Form form);

void write(Level level, Event event, std::string_view message, Fields fields);

/// Writes a line for programs only, about something that another line tells people. The text form leaves it out.
void for_machines(Level level, Event event, std::string_view message, Fields fields);

/// `message` is one complete sentence for people. If it is empty, the text form shows the fields.
inline void debug(Event event, std::string_view message, Fields fields = {}) {
  write(Level::debug, event, message, fields);
}
inline void info(Event event, std::string_view message, Fields fields = {}) {
  write(Level::info, event, message, fields);
}
inline void warning(Event event, std::string_view message, Fields fields = {}) {
  write(Level::warning, event, message, fields);
}
inline void error(Event event, std::string_view message, Fields fields = {}) {
  write(Level::error, event, message, fields);
}

/// The text of a line, without the line end; `time` as RFC 3339. If there is a sentence, the text form has no fields; a
/// warning or error ends with its correlation id, by which the other lines can be found.
std::string render(Form form, Level level, Event event, std::string_view message, Fields fields, std::string_view time);

}  // namespace dmw::log
