#include "store/gcs/uploading.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/crash_point.h"
#include "base/format.h"
#include "base/json.h"
#include "base/uuid.h"
#include "http/authority.h"
#include "http/target.h"
#include "store/gcs/answers.h"

namespace dmw::store::gcs {
namespace {

constexpr std::size_t session_length_max = 8'192;
/// A server that takes bytes and then forgets them does not keep an upload busy for ever.
constexpr int sessions_max = 8;

std::string upload_path(std::string_view bucket_name, std::string_view kind, const bucket::Upload& upload) {
  return format("/upload/storage/v1/b/{}/o?uploadType={}&name={}&ifGenerationMatch={}", bucket_name, kind,
                http::percent_encode(upload.name), upload.replaces.empty() ? "0" : upload.replaces);
}

/// The resource that the object gets, its CRC32C among it: the server refuses bytes that do not fit it.
std::string resource_of(const bucket::Upload& upload) {
  json::object resource;
  resource["name"] = upload.name;
  resource["contentType"] = upload.content_type;
  resource["crc32c"] = crc32c_text(upload.crc32c);
  if (!upload.study_uid.empty()) resource["metadata"] = json::object{{"study_instance_uid", upload.study_uid}};
  return json::serialize(resource);
}

/// A resource and the bytes of an object as one multipart/related body (RFC 2387).
class RelatedBody {
 public:
  explicit RelatedBody(const bucket::Upload& upload)
      : upload_(upload),
        boundary_(Uuid::random().text()),
        head_(format("--{0}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{1}\r\n--{0}\r\nContent-Type: "
                     "{2}\r\n\r\n",
                     boundary_, resource_of(upload), upload.content_type)),
        tail_(format("\r\n--{}--\r\n", boundary_)) {}

  std::string content_type() const { return "multipart/related; boundary=" + boundary_; }
  std::uint64_t size_bytes() const { return head_.size() + upload_.size_bytes + tail_.size(); }
  Result<std::size_t> supply(std::uint64_t offset, std::span<std::byte> into) const {
    if (offset < head_.size()) return part_of(head_, offset, into);
    offset -= head_.size();
    if (offset >= upload_.size_bytes) return part_of(tail_, offset - upload_.size_bytes, into);
    return upload_.supply(offset, into.first(std::min<std::uint64_t>(into.size(), upload_.size_bytes - offset)));
  }

 private:
  static std::size_t part_of(const std::string& text, std::uint64_t offset, std::span<std::byte> into) {
    return text.copy(reinterpret_cast<char*>(into.data()), into.size(), static_cast<std::size_t>(offset));
  }

  const bucket::Upload& upload_;
  std::string boundary_;
  std::string head_;
  std::string tail_;
};

/// The answer to an upload that has come to its end.
Result<bucket::Standing> stored(const http::Response& answer, const bucket::Upload& upload,
                                bucket::Attempts& attempts) {
  if (answer.status == 412) return fail(Errc::conflict, "another object stands under this name");
  if (!answer.success()) return refusal(answer);
  Result<bucket::Standing> standing = parse_object(answer.body, upload.name);
  // It may be stored all the same: the next try finds out.
  if (!standing) attempts.may_repeat();
  return standing;
}

/// The path and query of a session. Its host is ours, whatever the server says: no bytes go elsewhere.
std::optional<std::string> session_in(const http::Response& answer) {
  const std::string_view location = answer.headers.get("Location").value_or("");
  const std::optional<http::AbsoluteTarget> target = http::absolute_target(location);
  const std::string_view path = target ? target->rest : location;
  const bool plain = std::ranges::all_of(path, [](char c) { return c > ' ' && c <= '~'; });
  if (!path.starts_with('/') || path.size() > session_length_max || !plain) return std::nullopt;
  return std::string(path);
}

}  // namespace

Result<bucket::Standing> send_at_once(Wire& wire, std::string_view bucket_name, const bucket::Upload& upload,
                                      bucket::Attempts& attempts) {
  return attempts.run([&](bucket::Attempts& tries) -> Result<bucket::Standing> {
    const RelatedBody body(upload);
    const http::ByteSupply supply = [&](std::uint64_t offset, std::span<std::byte> into) {
      return body.supply(offset, into);
    };
    const http::Response answer = TRY(wire.ask({.method = "POST",
                                                .path = upload_path(bucket_name, "multipart", upload),
                                                .headers = {{"Content-Type", body.content_type()}},
                                                .supply = &supply,
                                                .supply_bytes = body.size_bytes()},
                                               tries));
    return stored(answer, upload, tries);
  });
}

ResumableUpload::ResumableUpload(Wire& wire, std::string_view bucket_name, const bucket::Upload& upload,
                                 std::uint64_t chunk_bytes)
    : wire_(wire), bucket_name_(bucket_name), upload_(upload), chunk_bytes_(chunk_bytes) {
  constexpr std::uint64_t unit = 256U << 10U;
  ASSERT(chunk_bytes > 0 && chunk_bytes % unit == 0);
}

Result<bucket::Standing> ResumableUpload::run(bucket::Attempts& attempts) {
  return attempts.run([this](bucket::Attempts& tries) { return go_on(tries); });
}

Result<bucket::Standing> ResumableUpload::go_on(bucket::Attempts& attempts) {
  if (session_.empty()) TRY(begin(attempts));
  for (;;) {
    Result<http::Response> answer = send_next(attempts);
    if (!answer) {
      asks_state_ = true;
      return std::unexpected(std::move(answer.error()));
    }
    if (answer->status == 308) {
      TRY(take_confirmed(*answer, attempts));
      crash_point("store.after_chunk");
    } else if (answer->status == 404 || answer->status == 410 || answer->status == 499) {
      return lose_session(attempts, format("the server has lost the upload (it answered {})", answer->status));
    } else {
      asks_state_ = true;
      return stored(*answer, upload_, attempts);
    }
  }
}

Result<> ResumableUpload::begin(bucket::Attempts& attempts) {
  const std::string resource = resource_of(upload_);
  const http::Response answer =
      TRY(wire_.ask({.method = "POST",
                     .path = upload_path(bucket_name_, "resumable", upload_),
                     .headers = {{"Content-Type", "application/json; charset=UTF-8"},
                                 {"X-Upload-Content-Type", std::string(upload_.content_type)},
                                 {"X-Upload-Content-Length", format("{}", upload_.size_bytes)}},
                     .body = resource},
                    attempts));
  if (answer.status == 412) return fail(Errc::conflict, "another object stands under this name");
  if (!answer.success()) return refusal(answer);
  std::optional<std::string> session = session_in(answer);
  if (!session) return fail(Errc::unavailable, "the server gives no address for the bytes of an upload");
  session_ = *std::move(session);
  ++sessions_;
  confirmed_ = 0;
  sent_ = 0;
  asks_state_ = false;
  return {};
}

Result<http::Response> ResumableUpload::send_next(bucket::Attempts& attempts) {
  const bool asks = std::exchange(asks_state_, false) || confirmed_ == upload_.size_bytes;
  const std::uint64_t size = asks ? 0 : std::min(chunk_bytes_, upload_.size_bytes - confirmed_);
  const std::string range = asks ? format("bytes */{}", upload_.size_bytes)
                                 : format("bytes {}-{}/{}", confirmed_, confirmed_ + size - 1, upload_.size_bytes);
  sent_ = std::max(sent_, confirmed_ + size);
  const http::ByteSupply supply = [this](std::uint64_t offset, std::span<std::byte> into) {
    return upload_.supply(confirmed_ + offset, into);
  };
  return wire_.ask({.method = "PUT",
                    .path = session_,
                    .headers = {{"Content-Type", std::string(upload_.content_type)}, {"Content-Range", range}},
                    .supply = asks ? nullptr : &supply,
                    .supply_bytes = size},
                   attempts);
}

Result<> ResumableUpload::take_confirmed(const http::Response& answer, bucket::Attempts& attempts) {
  const std::optional<std::uint64_t> confirmed = confirmed_bytes(answer.headers);
  if (!confirmed || *confirmed > sent_ || *confirmed < confirmed_)
    return lose_session(attempts, "the server says that it has other bytes than it got");
  if (*confirmed == confirmed_ && sent_ > confirmed_) {
    sent_ = confirmed_;
    attempts.may_repeat();
    return fail(Errc::unavailable, "the server took no bytes of the upload");
  }
  if (*confirmed > confirmed_) attempts.progressed();
  confirmed_ = *confirmed;
  sent_ = confirmed_;
  return {};
}

std::unexpected<Error> ResumableUpload::lose_session(bucket::Attempts& attempts, std::string why) {
  session_.clear();
  if (sessions_ < sessions_max) attempts.may_repeat();
  return fail(Errc::unavailable, std::move(why));
}

}  // namespace dmw::store::gcs
