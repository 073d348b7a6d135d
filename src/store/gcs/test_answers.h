// What the strict Google Cloud Storage of the tests is asked to do, and its answers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/format.h"
#include "base/json.h"
#include "http/answer.h"
#include "store/gcs/answers.h"

namespace dmw::store::gcs {

/// An RSA key that is made once.
inline const std::string& test_key() {
  static const std::string key = [] {
    std::string pem;
    FILE* const pipe = ::popen("openssl genrsa 2048 2>/dev/null", "r");
    for (int byte = 0; pipe != nullptr && (byte = std::fgetc(pipe)) != EOF;) pem += static_cast<char>(byte);
    EXPECT_TRUE(pipe != nullptr && ::pclose(pipe) == 0) << "openssl genrsa";
    return pem;
  }();
  return key;
}

struct TestObject {
  std::string bytes;
  std::string content_type;
  json::object metadata;
  std::uint64_t generation = 0;
};
/// What happens to the next requests of one kind: insert, begin, chunk, state, stat, media, delete, list or token.
struct TestFault {
  std::string kind;
  enum class What {
    status,        // answers it, and does nothing
    cut_answer,    // does it, and cuts the answer
    takes_less,    // of a chunk: keeps its first `bytes`
    keeps_other,   // stores another last byte, and tells its checksum
    tells_other,   // tells another checksum
    gives_other,   // of media: flips the first byte that it gives
    gives_less,    // of media: cuts after `bytes`
    tells_nothing  // of token and of an upload: 200 with an empty object
  } what = What::status;
  int status = 503;
  std::string retry_after{};
  std::string reason = "backendError";
  std::size_t bytes = 0;
};

inline http::Answer error(int status, const std::string& message, const std::string& reason = "") {
  return http::Answer::json(
      status, json::serialize(
                  json::object{{"error", json::object{{"code", status},
                                                      {"message", message},
                                                      {"errors", json::array{json::object{{"reason", reason}}}}}}}));
}

/// The answer of one that keeps the request from being looked at.
inline std::optional<http::Answer> refusal_of(const std::optional<TestFault>& fault) {
  if (!fault || fault->what != TestFault::What::status) return std::nullopt;
  http::Answer answer = error(fault->status, "a fault of this test", fault->reason);
  if (!fault->retry_after.empty()) answer.headers.add("Retry-After", fault->retry_after);
  return answer;
}
inline http::Answer cut(http::Answer answer) {
  const auto text = std::make_shared<std::string>(std::get<std::string>(answer.body));
  answer.body = http::PulledBody{.length = text->size() + 100, .next = [text]() -> Result<std::string> {
                                   if (text->empty()) return fail(Errc::internal, "cut");
                                   return std::exchange(*text, "");
                                 }};
  return answer;
}
inline http::Answer give(const TestObject& object, const std::string& range, const std::optional<TestFault>& fault) {
  const std::size_t size = object.bytes.size();
  const std::size_t first = std::stoull(range.substr(6));
  const std::string until = range.substr(range.find('-') + 1);
  if (first >= size) return error(416, "Requested range not satisfiable");
  const std::size_t last = until.empty() ? size - 1 : std::min<std::size_t>(std::stoull(until), size - 1);
  std::string bytes = object.bytes.substr(first, last - first + 1);
  if (fault && fault->what == TestFault::What::gives_other) bytes[0] = static_cast<char>(bytes[0] ^ 1);
  http::Answer answer = http::Answer::text(206, object.content_type, bytes);
  answer.headers.add("Content-Range", format("bytes {}-{}/{}", first, last, size));
  answer.headers.add("x-goog-generation", format("{}", object.generation));
  answer.headers.add("x-goog-hash", "crc32c=" + crc32c_text(crc32c(0, as_bytes(object.bytes))));
  if (!fault || fault->what != TestFault::What::gives_less) return answer;
  const auto part = std::make_shared<std::string>(bytes.substr(0, fault->bytes));
  answer.body = http::PulledBody{.length = bytes.size(), .next = [part]() -> Result<std::string> {
                                   if (part->empty()) return fail(Errc::internal, "cut");
                                   return std::exchange(*part, "");
                                 }};
  return answer;
}

}  // namespace dmw::store::gcs
