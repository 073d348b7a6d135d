#include "http/problem.h"

#include "base/json.h"

namespace dmw::http {

namespace {

constexpr std::string_view kRetryAfterSeconds = "5";

int status_of(Errc code) {
  switch (code) {
    case Errc::invalid:
    case Errc::data:
    case Errc::not_dicom:
    case Errc::too_deep:
      return 422;
    case Errc::unsupported:
      return 415;
    case Errc::not_found:
      return 404;
    case Errc::conflict:
      return 409;
    case Errc::gone:
      return 410;
    case Errc::too_large:
      return 413;
    case Errc::full:
      return 507;
    case Errc::unavailable:
    case Errc::refused:
    case Errc::retry:
    case Errc::stale:
    case Errc::cancelled:
      return 503;
    case Errc::timeout:
      return 504;
    case Errc::unauthorized:
      return 502;
    case Errc::corrupted:
    case Errc::internal:
      return 500;
  }
  return 500;
}

}  // namespace

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 207:
      return "Multi-Status";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

Problem Problem::of(int status, std::string detail) {
  Problem problem;
  problem.status = status;
  problem.title = reason(status);
  problem.detail = std::move(detail);
  if (status == 503 || status == 507) problem.headers.set("Retry-After", std::string(kRetryAfterSeconds));
  return problem;
}

Problem Problem::of(const Error& error) {
  const int status = status_of(error.code);
  if (error.code == Errc::corrupted) {
    return of(status,
              "the stored bytes differ from those that were recorded: a disk has changed or lost them; find the file "
              "in the log by the correlation id, then restore it from a backup or send the instance again");
  }
  if (status == 500) return of(status, "an error inside the program; search its log for the correlation id");
  return of(status, error.what);
}

Problem& Problem::error(std::string where, std::string what) {
  errors.push_back({std::move(where), std::move(what)});
  return *this;
}

Problem& Problem::header(std::string name, std::string value) {
  headers.set(name, std::move(value));
  return *this;
}

std::string Problem::body(const Uuid& correlation, MicrosUtc now) const {
  json::array listed;
  for (const auto& each : errors) {
    const std::string_view place = each.where.starts_with('/') ? "pointer" : "parameter";
    listed.push_back(json::object{{place, each.where}, {"detail", each.what}});
  }
  const json::object object{{"type", type},
                            {"title", title},
                            {"status", status},
                            {"detail", detail},
                            {"correlation_id", correlation.text()},
                            {"timestamp", rfc3339(now)},
                            {"errors", std::move(listed)}};
  return json::serialize(object);
}

}  // namespace dmw::http
