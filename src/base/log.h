// The log: one JSON object a line (event, level, timestamp, correlation_id and typed fields), or one readable line each
// on a terminal. Any thread. A Private<T> does not convert to a field value, so patient data does not compile into it.
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

/// One typed member of a log line. `key` and text values need to live only for the call.
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

void write(Level level, std::string_view event, std::string_view message, Fields fields);

/// `event` is a stable name (`pipeline_success`), `message` one sentence for the person who reads along; may be empty.
inline void debug(std::string_view event, std::string_view message, Fields fields = {}) {
  write(Level::debug, event, message, fields);
}
inline void info(std::string_view event, std::string_view message, Fields fields = {}) {
  write(Level::info, event, message, fields);
}
inline void warning(std::string_view event, std::string_view message, Fields fields = {}) {
  write(Level::warning, event, message, fields);
}
inline void error(std::string_view event, std::string_view message, Fields fields = {}) {
  write(Level::error, event, message, fields);
}

/// A line as it would be written, without the line end; `time` as RFC 3339.
std::string render(Form form, Level level, std::string_view event, std::string_view message, Fields fields,
                   std::string_view time);

}  // namespace dmw::log
