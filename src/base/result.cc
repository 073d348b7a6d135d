#include "base/result.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace dmw {

std::string_view name(Errc code) {
  switch (code) {
    case Errc::invalid:
      return "invalid";
    case Errc::not_found:
      return "not_found";
    case Errc::conflict:
      return "conflict";
    case Errc::gone:
      return "gone";
    case Errc::unauthorized:
      return "unauthorized";
    case Errc::unavailable:
      return "unavailable";
    case Errc::timeout:
      return "timeout";
    case Errc::retry:
      return "retry";
    case Errc::data:
      return "data";
    case Errc::refused:
      return "refused";
    case Errc::full:
      return "full";
    case Errc::stale:
      return "stale";
    case Errc::cancelled:
      return "cancelled";
    case Errc::not_dicom:
      return "not_dicom";
    case Errc::corrupted:
      return "corrupted";
    case Errc::too_large:
      return "too_large";
    case Errc::too_deep:
      return "too_deep";
    case Errc::unsupported:
      return "unsupported";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

bool Error::transient() const {
  switch (code) {
    case Errc::unauthorized:  // somebody mends a password without touching us
    case Errc::unavailable:
    case Errc::timeout:
    case Errc::retry:
    case Errc::refused:  // somebody mends a rule, likewise
    case Errc::full:
    case Errc::cancelled:
    case Errc::internal:
      return true;
    default:
      return false;
  }
}

std::string Error::message() const {
  std::string text = what;
  for (const std::string& doing : during) {
    text += ", during ";
    text += doing;
  }
  return text;
}

std::unexpected<Error> fail_errno(int error_number, std::string doing) {
  Errc code = Errc::internal;
  if (error_number == ENOSPC || error_number == EDQUOT) code = Errc::full;
  // A descriptor that is closed makes room for the next one.
  if (error_number == EMFILE || error_number == ENFILE) code = Errc::unavailable;
  if (error_number == ENOENT) code = Errc::not_found;
  if (error_number == EEXIST) code = Errc::conflict;
  return fail(code, doing + ": " + std::strerror(error_number));
}

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: bug in this program: %s is false\n", file, line, condition);
  std::abort();
}

}  // namespace dmw
