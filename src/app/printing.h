// How the commands print what the API answers: one line an object, as JSON or in words.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/remote.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace dmw::app {

void print_line(const json::value& value);

/// To stderr, where a person would see nothing else.
void say_none();

/// The member as one word of a row: "-" where there is none. A time, which its name tells, is in the time zone of this
/// machine, to the second, with its offset: "2026-01-31T13:00:00+01:00". JSON keeps it as the API says it, in UTC.
std::string text_of(const json::object& from, std::string_view key);

/// How long ago the time under `key` is, in its largest whole unit: "2s", "59m", "23h", "400d"; "-" where there is
/// none. The clock of the server may be ahead: never less than "0s".
std::string age_of(const json::object& from, std::string_view key, MicrosUtc now);

/// Rows under a header, each column as wide as its longest cell. Cells are shown without control characters.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}
  void add(std::vector<std::string> row);
  bool empty() const { return rows_.size() == 1; }
  std::string text() const;
  /// Without rows it is no table: stderr says that there is nothing.
  void print() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// The texts of an array, joined by commas; "-" where there are none.
std::string words_of(const json::object& from, std::string_view key);
/// Each member that is neither an object nor an array of them: its name and its value, one a line.
void print_members(const json::object& object);

/// Why the API did not do it. Exit 2 where what was asked is wrong, as for a wrong option, 1 for everything else.
int report_answer(const Error& error);

/// One object of the API, as JSON.
int print_object(const Result<json::value>& answer);

/// Each object of the array under `name` of an answer of the API.
int each_of(const Result<json::value>& answer, std::string_view name,
            const std::function<void(const json::object&)>& visit);

/// The same for all pages of a list, or for its first `most` objects. Where there are more, stderr says so: a page is
/// never taken for the whole. `path` may have parameters, but neither limit nor cursor.
int each_in_pages(const Remote& remote, const std::string& path, std::string_view name,
                  std::optional<std::int64_t> most, const std::function<void(const json::object&)>& visit);

}  // namespace dmw::app
