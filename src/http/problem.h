// Problem: the body of every 4xx and 5xx answer (RFC 9457), and the only place where errors are converted to statuses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/uuid.h"
#include "http/headers.h"

namespace dmw::http {

/// The reason phrase of a status (RFC 9110 §15), "Unknown" for others.
std::string_view reason(int status);

struct Problem {
  struct FieldError {
    std::string where;  ///< a parameter's name, or a JSON pointer into the body
    std::string what;
  };

  int status = 500;
  std::string type = "about:blank";  ///< RFC 9457 §4.2.1: the title is then the status's phrase
  std::string title;
  std::string detail;  ///< a sentence for the caller, without patient data and internal details
  std::vector<FieldError> errors;
  Headers headers;  ///< Allow, Retry-After, WWW-Authenticate …

  static Problem of(int status, std::string detail);
  /// invalid, data, not_dicom, too_deep: 422; unsupported: 415; not_found: 404; conflict: 409; gone: 410; too_large:
  /// 413; full: 507; unavailable, retry, stale, cancelled: 503; timeout: 504; unauthorized (a peer refused *us*): 502;
  /// corrupted, internal: 500, with a general sentence instead of their own. 503 and 507 carry Retry-After.
  static Problem of(const Error& error);

  Problem& error(std::string where, std::string what);
  Problem& header(std::string name, std::string value);

  /// The JSON text: type, title, status, detail, correlation_id, timestamp, errors.
  std::string body(const Uuid& correlation, MicrosUtc now) const;
};

}  // namespace dmw::http
