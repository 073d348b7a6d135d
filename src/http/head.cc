#include "http/head.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/format.h"
#include "http/http_date.h"
#include "http/problem.h"

namespace dmw::http {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kDefaults{{
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
}};

/// The current date, formatted once per second and thread.
const std::string& date() {
  thread_local std::chrono::sys_seconds made{};
  thread_local std::string text;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (now != made || text.empty()) {
    text = http_date(now);
    made = now;
  }
  return text;
}

void add(std::string& to, std::string_view name, std::string_view value) {
  to.append(name).append(": ");
  const std::size_t begin = to.size();
  to.append(value);
  std::replace_if(
      to.begin() + static_cast<std::ptrdiff_t>(begin), to.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  to.append("\r\n");
}

bool frames(std::string_view name) {
  return equal_ignoring_case(name, "Content-Length") || equal_ignoring_case(name, "Transfer-Encoding") ||
         equal_ignoring_case(name, "Connection");
}

}  // namespace

std::string head_of(int status, const Headers& headers, const Uuid& correlation, const Framing& framing) {
  std::string head = format("HTTP/1.1 {} {}\r\n", status, reason(status));
  add(head, "Date", date());
  for (const auto& [name, value] : headers) {
    if (is_token(name) && !frames(name)) add(head, name, value);
  }
  for (const auto& [name, value] : kDefaults) {
    if (!headers.get(name)) add(head, name, value);
  }
  add(head, "X-Correlation-ID", correlation.text());
  const bool bodiless = status == 204 || status == 304 || status < 200;
  if (framing.length && !bodiless) add(head, "Content-Length", std::to_string(*framing.length));
  if (framing.chunked) add(head, "Transfer-Encoding", "chunked");
  if (framing.close) add(head, "Connection", "close");
  head.append("\r\n");
  return head;
}

std::string chunk_of(std::string_view bytes) {
  return format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

}  // namespace dmw::http
