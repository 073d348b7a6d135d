// The log: one JSON object a line (event, level, timestamp, correlation_id and typed fields), or, on a terminal, a
// story that a person reads along: time, subject, sentence. Any thread. A Private<T> does not convert to a field value,
// so patient data does not compile into it.
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

/// What a line is called. `name` is stable and for machines (`pipeline_success`); `subject` is for the person who reads
/// along ("study  2.25.3297…71"), without one it is the name in words. Both need to live only for the call.
struct Event {
  std::string_view name;
  std::string_view subject;

  Event(const char* n) : name(n) {}
  Event(std::string_view n, std::string_view s) : name(n), subject(s) {}
};

/// One typed member of a log line; an empty text is left out. `key` and text values need to live only for the call.
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

/// Before the first line, once. Lines go to stderr.
void configure(Level at_least, Form form);

void write(Level level, Event event, std::string_view message, Fields fields);

/// `message` is one sentence that says it all for the person who reads along; when it is empty, the fields have to.
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

/// A line as it would be written, without the line end; `time` as RFC 3339. The text form leaves the fields out where
/// there is a sentence; only what went wrong ends with its correlation id, by which everything else about it is found.
std::string render(Form form, Level level, Event event, std::string_view message, Fields fields, std::string_view time);

}  // namespace dmw::log
