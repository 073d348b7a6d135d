#include "dicom/inflated_source.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/deflate.h"
#include "base/format.h"

namespace dmw::dicom {
namespace {

constexpr std::size_t chunk_bytes = 64 * 1024;
/// A second or two of one processor: a deflate bomb costs no more.
constexpr std::uint64_t finished_bytes_max = 512U << 20U;

}  // namespace

struct InflatedSource::Stream {
  Inflater inflater{Wrapping::none};
  std::array<std::byte, chunk_bytes> input;
  ByteView waiting;        // of the input
  std::uint64_t read = 0;  // of the deflated bytes
  bool begun = false;
  bool ended = false;     // no more comes
  bool is_whole = false;  // because the stream says so
  bool is_wrapped = false;
};

InflatedSource::InflatedSource(ByteSource& source, std::uint64_t offset, std::uint64_t header_limit_bytes)
    : source_(source),
      start_(offset),
      limit_bytes_(inflated_share(header_limit_bytes)),
      stream_(std::make_unique<Stream>()) {}

InflatedSource::~InflatedSource() = default;

std::uint64_t InflatedSource::size() const {
  return stream_->ended ? inflated_.size() : std::numeric_limits<std::uint64_t>::max() / 2;
}

std::uint64_t InflatedSource::consumed_bytes() const {
  return start_ + stream_->read;
}

Result<std::size_t> InflatedSource::read_at(std::uint64_t offset, std::span<std::byte> into) {
  while (!stream_->ended && inflated_.size() < offset + into.size()) TRY(inflate_some());
  MemorySource inflated(inflated_);
  return inflated.read_at(offset, into);
}

bool InflatedSource::is_wrapped() const {
  return stream_->is_wrapped;
}

Result<std::optional<InflatedSource::End>> InflatedSource::finish() {
  Stream& stream = *stream_;
  std::uint64_t size_bytes = inflated_.size();
  std::vector<std::byte> dropped(chunk_bytes);
  while (!stream.ended) {
    if (size_bytes > finished_bytes_max) return std::nullopt;
    TRY(refill());
    const bool at_end = stream.waiting.empty();
    const Result<Inflater::Step> step = stream.inflater.step(stream.waiting, dropped);
    stream.ended = !step || step->ended || (at_end && step->produced == 0);
    if (!step) break;
    stream.is_whole = step->ended;
    stream.waiting = stream.waiting.subspan(step->consumed);
    size_bytes += step->produced;
  }
  return End{
      .is_cut = !stream.is_whole, .size_bytes = size_bytes, .offset = start_ + stream.read - stream.waiting.size()};
}

Result<> InflatedSource::refill() {
  Stream& stream = *stream_;
  if (!stream.waiting.empty()) return {};
  const std::size_t count = TRY(source_.read_at(start_ + stream.read, stream.input));
  stream.waiting = ByteView(stream.input).first(count);
  stream.read += count;
  return {};
}

Result<> InflatedSource::inflate_some() {
  Stream& stream = *stream_;
  TRY(refill());
  // Bytes that zlib still has come without input. A stream that stops before its end gives what it has: the walk finds
  // out where that is too little.
  const bool at_end = stream.waiting.empty();
  if (inflated_.size() >= limit_bytes_) {
    stream.ended = at_end;
    if (at_end) return {};
    return fail(Errc::too_large,
                format("the deflated dataset inflates to more than {} MiB, its share of HEADER_LIMIT_MIB",
                       limit_bytes_ >> 20U));
  }
  const std::size_t before = inflated_.size();
  inflated_.resize(std::min<std::uint64_t>(before + chunk_bytes, limit_bytes_));
  const std::span<std::byte> room = std::span(inflated_).subspan(before);
  Result<Inflater::Step> step = stream.inflater.step(stream.waiting, room);
  if (!step && !stream.begun && !at_end) {
    // Some writers wrap the stream as zlib does (RFC 1950), against PS3.5 §A.5.
    stream.inflater = Inflater(Wrapping::zlib);
    stream.is_wrapped = true;
    step = stream.inflater.step(stream.waiting, room);
  }
  inflated_.resize(before + (step ? step->produced : 0));
  if (!step) return fail(Errc::corrupted, format("the deflated dataset is damaged before byte {}", consumed_bytes()));
  stream.begun = true;
  stream.waiting = stream.waiting.subspan(step->consumed);
  stream.is_whole = step->ended;
  stream.ended = step->ended || (at_end && step->produced == 0);
  return {};
}

}  // namespace dmw::dicom
