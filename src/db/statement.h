// The text of a statement as an engine takes it: the tokens of database.h replaced, the relation `batch` put in front.
#pragma once

#include <string>
#include <string_view>

namespace dmw::db {

/// What the tokens `{now}`, `{for_update}` and `{skip_locked}` stand for, and what stands around the column of `{any
/// …}`.
struct Dialect {
  std::string_view now;
  std::string_view for_update;
  std::string_view skip_locked;
  std::string_view before_any;
  std::string_view after_any;
};

/// Braces that are no token stay as they are (JSON in a statement).
std::string expand(std::string_view sql, const Dialect& dialect);

/// Puts the common table expression `batch` ("batch(a) as (…)") in front; joins the list when the statement starts with
/// `with` or `with recursive` itself.
std::string with_batch(std::string_view batch, std::string_view sql);

}  // namespace dmw::db
