#include "store/gcs/gcs_bucket.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/format.h"
#include "http/target.h"
#include "store/gcs/answers.h"

namespace dmw::store::gcs {
namespace {

constexpr std::string_view object_fields = "fields=name,size,crc32c,generation";

/// `bytes=0-99`. An open one where it goes to the end.
std::string range_field(ByteRange range) {
  const bool open = range.length > UINT64_MAX - range.offset;
  return open ? format("bytes={}-", range.offset)
              : format("bytes={}-{}", range.offset, range.offset + range.length - 1);
}

/// The bytes that an answer with this head has, and what it says of the object.
struct Announced {
  bucket::ReadHead head;
  std::uint64_t body_bytes = 0;
};

std::optional<std::uint64_t> length_in(const http::Headers& headers) {
  const std::string_view text = headers.get("Content-Length").value_or("");
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return length;
}

Result<Announced> announced(const http::Response& head, ByteRange asked) {
  Announced said{.head = {.version = std::string(head.headers.get("x-goog-generation").value_or("")),
                          .crc32c = crc32c_in(head.headers)}};
  const auto range = parse_content_range(head.headers.get("Content-Range").value_or(""));
  const std::optional<std::uint64_t> length = length_in(head.headers);
  if (head.status == 206 && range && range->first == asked.offset) {
    said.head.size_bytes = range->size_bytes;
    said.body_bytes = range->last - range->first + 1;
  } else if (head.status == 200 && length && asked.offset == 0) {  // the whole object, which the range covers
    said.head.size_bytes = *length;
    said.body_bytes = *length;
  } else {
    return fail(Errc::unavailable, "the server does not say which bytes of the object it gives");
  }
  const std::uint64_t most = said.head.size_bytes - std::min(said.head.size_bytes, asked.offset);
  if (said.body_bytes != std::min(asked.length, most))
    return fail(Errc::unavailable, "the server gives other bytes of the object than were asked for");
  return said;
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

}  // namespace

bool is_bucket_name(std::string_view name) {
  return name.size() >= 3 && name.size() <= 222 && is_letter_or_digit(name.front()) &&
         is_letter_or_digit(name.back()) &&
         std::ranges::all_of(name, [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

GcsBucket::GcsBucket(std::unique_ptr<Wire> wire, std::string name, UploadSizes sizes)
    : wire_(std::move(wire)), name_(std::move(name)), sizes_(sizes) {}

std::string GcsBucket::object_path(std::string_view name) const {
  return format("/storage/v1/b/{}/o/{}", name_, http::percent_encode(name));
}

std::string GcsBucket::uri(std::string_view name) const {
  return format("gs://{}/{}", name_, name);
}

Result<bucket::Standing> GcsBucket::upload(const bucket::Upload& upload, bucket::Attempts& attempts) {
  if (upload.size_bytes <= sizes_.one_request_max_bytes) return send_at_once(*wire_, name_, upload, attempts);
  return ResumableUpload(*wire_, name_, upload, sizes_.chunk_bytes).run(attempts);
}

Result<bucket::Standing> GcsBucket::stat(const std::string& name, bucket::Attempts& attempts) {
  return attempts.run([&](bucket::Attempts& tries) -> Result<bucket::Standing> {
    const http::Response answer =
        TRY(wire_->ask({.method = "GET", .path = format("{}?{}", object_path(name), object_fields)}, tries));
    if (answer.status == 404) return fail(Errc::not_found, "there is no such object");
    if (!answer.success()) return refusal(answer);
    return parse_object(answer.body, name);
  });
}

Result<> GcsBucket::read(const bucket::Reading& reading, const std::function<Result<>(const bucket::ReadHead&)>& head,
                         const ByteSink& sink, bucket::Attempts& attempts) {
  ASSERT(reading.range.length > 0);
  std::optional<Announced> said;
  std::uint64_t taken = 0;
  const http::ByteSink counted = [&](ByteView bytes) -> Result<> {
    taken += bytes.size();
    if (taken > said->body_bytes) return fail(Errc::unavailable, "the server gives more bytes than it announced");
    return sink(bytes);
  };
  const std::string version = reading.version.empty() ? "" : "&ifGenerationMatch=" + reading.version;
  const http::Response answer = TRY(wire_->ask({.method = "GET",
                                                .path = object_path(reading.name) + "?alt=media" + version,
                                                .headers = {{"Range", range_field(reading.range)}},
                                                .sink = &counted,
                                                .head = [&](const http::Response& now) -> Result<> {
                                                  said = TRY(announced(now, reading.range));
                                                  return head(said->head);
                                                }},
                                               attempts));
  if (answer.status == 404) return fail(Errc::not_found, "there is no such object");
  if (answer.status == 412) return fail(Errc::conflict, "another version of the object stands there now");
  if (answer.status == 416) return {};  // it begins at or behind the end
  if (!answer.success()) return refusal(answer);
  if (taken == said->body_bytes) return {};
  attempts.may_repeat();
  return fail(Errc::unavailable, "the server gives fewer bytes than it announced");
}

Result<> GcsBucket::remove(const std::string& name, bucket::Attempts& attempts) {
  return attempts.run([&](bucket::Attempts& tries) -> Result<> {
    const http::Response answer = TRY(wire_->ask({.method = "DELETE", .path = object_path(name)}, tries));
    if (answer.status == 404) return fail(Errc::not_found, "there is no such object");
    if (!answer.success()) return refusal(answer);
    return {};
  });
}

Result<bucket::Page> GcsBucket::list(const std::string& prefix, const std::string& page, bucket::Attempts& attempts) {
  std::string path =
      format("/storage/v1/b/{}/o?prefix={}&delimiter=%2F&maxResults=1000&fields=items(name),nextPageToken", name_,
             http::percent_encode(prefix));
  if (!page.empty()) path += "&pageToken=" + http::percent_encode(page);
  return attempts.run([&](bucket::Attempts& tries) -> Result<bucket::Page> {
    const http::Response answer = TRY(wire_->ask({.method = "GET", .path = path}, tries));
    if (!answer.success()) return refusal(answer);
    return parse_page(answer.body);
  });
}

}  // namespace dmw::store::gcs
