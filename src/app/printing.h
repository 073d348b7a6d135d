// How the commands print what the API answers: one line an object, as JSON or in words.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace dmw::app {

void print_line(const json::value& value);

/// The member as one word of a row: "-" where there is none.
std::string text_of(const json::object& from, std::string_view key);

/// How long ago the time under `key` is, in its largest whole unit: "2s", "59m", "23h", "400d"; "-" where there is
/// none. The clock of the server may be ahead: never less than "0s".
std::string age_of(const json::object& from, std::string_view key, MicrosUtc now);

/// A count for people: 1,204.
std::string grouped(std::int64_t count);

/// Rows under a header, each column as wide as its longest cell. Cells are shown without control characters.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}
  void add(std::vector<std::string> row);
  bool empty() const { return rows_.size() == 1; }
  std::string text() const;
  void print() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// The texts of an array, joined by commas; "-" where there are none.
std::string words_of(const json::object& from, std::string_view key);
/// Each member that is neither an object nor an array of them: its name and its value, one a line.
void print_members(const json::object& object);

/// One object of the API, as JSON.
int print_object(const Result<json::value>& answer);

/// Each object of the array under `name` of an answer of the API.
int each_of(const Result<json::value>& answer, std::string_view name,
            const std::function<void(const json::object&)>& visit);

/// A list of the API: an array under `name`, printed one a line, as JSON or by `row`.
int print_list(const Result<json::value>& answer, std::string_view name, bool json,
               const std::function<std::string(const json::object&)>& row);

}  // namespace dmw::app
