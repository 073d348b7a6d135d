#include "http/content_coding.h"

#include <string_view>

#include "base/format.h"

namespace dmw::http {

namespace {

constexpr std::size_t kOutBytes = 128 << 10;

}  // namespace

GunzipReader::GunzipReader(BodyReader& packed, const InflateLimits& limits)
    : packed_(packed), limits_(limits), out_(kOutBytes) {}

Result<ByteView> GunzipReader::next() {
  filled_ = 0;
  while (filled_ == 0 && !ended_) TRY(inflate_some());
  return ByteView(out_).first(filled_);
}

Result<> GunzipReader::inflate_some() {
  if (waiting_.empty()) {
    waiting_ = TRY(packed_.next());
    if (waiting_.empty()) {
      if (!between_members_ || consumed_ == 0) return fail(Errc::corrupted, "the gzip body is incomplete");
      ended_ = true;
      return {};
    }
  }
  if (between_members_ && consumed_ > 0) inflater_ = Inflater(Wrapping::gzip);
  between_members_ = false;
  const Result<Inflater::Step> step = inflater_.step(waiting_, out_);
  if (!step)
    return fail(Errc::corrupted, format("the gzip body is damaged before byte {}", consumed_ + waiting_.size()));
  waiting_ = waiting_.subspan(step->consumed);
  consumed_ += step->consumed;
  produced_ += step->produced;
  filled_ = step->produced;
  between_members_ = step->ended;
  return check_limits();
}

Result<> GunzipReader::check_limits() const {
  if (produced_ > limits_.bytes_max) return fail(Errc::too_large, "the gzip body inflates to too much");
  if (produced_ <= limits_.bytes_free || produced_ / limits_.ratio <= consumed_) return {};
  return fail(Errc::too_large, format("the gzip body inflates to more than {} times its size", limits_.ratio));
}

std::expected<std::unique_ptr<BodyReader>, Problem> decoded(const Headers& headers, BodyReader& raw) {
  const std::string_view coding = trimmed(headers.get("Content-Encoding").value_or("identity"));
  if (equal_ignoring_case(coding, "identity")) return nullptr;
  const bool gzip = equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip");
  if (gzip && headers.count("Content-Encoding") == 1) return std::make_unique<GunzipReader>(raw);
  return std::unexpected(
      Problem::of(415, "a body may be encoded with gzip, at most once").header("Accept-Encoding", "gzip"));
}

}  // namespace dmw::http
