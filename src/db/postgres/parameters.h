// Parameters: the parameters of one statement in the form of libpq.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "db/database.h"

namespace dmw::db::postgres {

/// Keeps views of the values, which must live until the statement is sent.
class Parameters {
 public:
  /// Adds a value. Numbers and texts are sent as text, whose type the server infers; bytes are sent in binary. Errors:
  /// data (U+0000 in a text).
  Result<> add(const Value& value);
  /// Adds one column of a batch as a binary array.
  void add_column(const Batch& batch, std::size_t column);

  int count() const { return static_cast<int>(values_.size()); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  void push(const char* value, std::size_t length, bool binary);
  void push_owned(std::string value, bool binary);

  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
  std::deque<std::string> owned_;
};

/// "batch(a, b) as (select u.a, u.b::jsonb from unnest($3::bigint[], $4::text[]) as u(a, b))" for arrays from $3 on.
std::string relation(const Batch& batch, std::size_t first_parameter);

}  // namespace dmw::db::postgres
