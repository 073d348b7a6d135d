// Result<T>: the return type of every function that can fail. An Error has a code for the program, a sentence for
// people, and the chain of acts during which it happened.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dmw {

/// The kind of a failure. The comments say what a caller does.
enum class Errc {
  invalid,       ///< an argument, a setting or a request is wrong: tell the person who gave it
  not_found,     ///< there is no such thing
  conflict,      ///< something else is already there under this name
  gone,          ///< it was there, and is no longer kept
  unauthorized,  ///< a peer refused our credentials
  unavailable,   ///< a peer is away: pause, probe, try again
  timeout,       ///< a peer did not answer in time: as unavailable
  retry,         ///< a transaction lost a race (deadlock, serialization): do it again at once
  data,          ///< the database refuses a value: set that row aside, keep the rest
  refused,      ///< a rule of the database (constraint, trigger, right) refuses a row: pause, for the rule may be wrong
  full,         ///< a disk, a quota or a queue is over its limit
  stale,        ///< somebody else holds the lease by now: stop
  cancelled,    ///< the program is stopping
  not_dicom,    ///< no "DICM" and no plausible first element
  corrupted,    ///< bytes contradict themselves or end too early
  too_large,    ///< over a limit that the caller gave
  too_deep,     ///< nested deeper than a limit
  unsupported,  ///< well-formed, but nothing we can do anything with
  internal,     ///< a bug of ours, or an unexpected error of the operating system
};

std::string_view name(Errc code);

struct Error {
  Errc code = Errc::internal;
  std::string what;                 ///< one sentence without a full stop; no patient data
  std::vector<std::string> during;  ///< innermost first

  /// True if the same act may succeed later although nobody changes anything.
  bool transient() const;
  /// "what, during inner, during outer".
  std::string message() const;
};

template <typename T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Errc code, std::string what) {
  return std::unexpected<Error>(Error{code, std::move(what), {}});
}

/// Adds one link to the chain of a failed result: `return during(std::move(error), "the read of the manifest")`.
inline std::unexpected<Error> during(Error error, std::string doing) {
  error.during.push_back(std::move(doing));
  return std::unexpected<Error>(std::move(error));
}

/// An operating system error as a Result: ENOSPC and EDQUOT are `full`, EMFILE and ENFILE `unavailable`, ENOENT is
/// `not_found`, EEXIST `conflict`, others `internal`.
std::unexpected<Error> fail_errno(int error_number, std::string doing);

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace dmw

/// The value of a Result, or return its error from the enclosing function. May be nested.
#define TRY(...) TRY_NAMED_(TRY_NAME_(try_result_, __COUNTER__), __VA_ARGS__)
#define TRY_NAME_(prefix, number) TRY_PASTE_(prefix, number)
#define TRY_PASTE_(prefix, number) prefix##number
#define TRY_NAMED_(name, ...)                                                 \
  __extension__({                                                             \
    auto name = (__VA_ARGS__);                                                \
    if (!name) return std::unexpected<::dmw::Error>(std::move(name).error()); \
    ::dmw::detail::unwrap(std::move(name));                                   \
  })

/// For bugs of the program only, never for bytes from outside. Also active in release builds.
#define ASSERT(...) ((__VA_ARGS__) ? (void)0 : ::dmw::assertion_failed(#__VA_ARGS__, __FILE__, __LINE__))

namespace dmw::detail {
template <typename T>
T unwrap(std::expected<T, Error>&& result) {
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}
}  // namespace dmw::detail
