// Printing of API answers by the commands: one line per object, as JSON or as text.
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

/// Prints `none` on stderr, so that a person sees a result.
void say_none();

/// The member as one word of a row; "-" if it is missing. A time (recognised by its name) is printed in the time zone
/// of this machine, to the second, with its offset: "2026-01-31T13:00:00+01:00". JSON output keeps it in UTC.
std::string text_of(const json::object& from, std::string_view key);

/// The age of the time under `key`, in its largest whole unit: "2s", "59m", "23h", "400d"; "-" if it is missing. Never
/// less than "0s", because the clock of the server may be ahead.
std::string age_of(const json::object& from, std::string_view key, MicrosUtc now);

/// Rows under a header, each column as wide as its longest cell. Cells are shown without control characters.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}
  void add(std::vector<std::string> row);
  bool empty() const { return rows_.size() == 1; }
  std::string text() const;
  /// Without rows prints only `none` on stderr.
  void print() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// The texts of an array, joined by commas; "-" if there are none.
std::string words_of(const json::object& from, std::string_view key);
/// Prints the simple members, one per line with name and value.
void print_members(const json::object& object);

/// Prints the error of an API call. Returns exit code 2 for a wrong request, as for a wrong option, otherwise 1.
int report_answer(const Error& error);

/// Prints one object of the API as JSON.
int print_object(const Result<json::value>& answer);

/// Handles each object of the array under `name` in an answer of the API.
int each_of(const Result<json::value>& answer, std::string_view name,
            const std::function<void(const json::object&)>& visit);

/// The same for all pages of a list, or for its first `most` objects. If there are more, stderr says so, because a page
/// must not look like the whole list. `path` may have parameters, but neither limit nor cursor.
int each_in_pages(const Remote& remote, const std::string& path, std::string_view name,
                  std::optional<std::int64_t> most, const std::function<void(const json::object&)>& visit);

}  // namespace dmw::app
