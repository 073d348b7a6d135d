#include "dicom/inflated_source.h"

#include <algorithm>
#include <array>
#include <limits>

#include <zlib.h>

#include "base/format.h"

namespace dmw::dicom {
namespace {

constexpr std::size_t chunk_bytes = 64 * 1024;
constexpr int raw_deflate = -MAX_WBITS;
constexpr int zlib_wrapped = MAX_WBITS;

}  // namespace

struct InflatedSource::Stream {
  z_stream zlib{};
  std::array<std::byte, chunk_bytes> input;
  std::uint64_t read = 0;  // of the deflated bytes
  bool ended = false;

  Stream() { ASSERT(inflateInit2(&zlib, raw_deflate) == Z_OK); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { inflateEnd(&zlib); }
};

InflatedSource::InflatedSource(ByteSource& source, std::uint64_t offset, std::uint64_t limit_bytes)
    : source_(source), start_(offset), limit_bytes_(limit_bytes), stream_(std::make_unique<Stream>()) {}

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

Result<> InflatedSource::inflate_some() {
  z_stream& zlib = stream_->zlib;
  if (zlib.avail_in == 0) {
    const std::size_t count = TRY(source_.read_at(start_ + stream_->read, stream_->input));
    zlib.next_in = reinterpret_cast<Bytef*>(stream_->input.data());
    zlib.avail_in = static_cast<uInt>(count);
    stream_->read += count;
  }
  // A stream that stops before its end gives what it has: the walk finds out where that is too little.
  if (zlib.avail_in == 0) {
    stream_->ended = true;
    return {};
  }
  if (inflated_.size() >= limit_bytes_) {
    return fail(Errc::too_large,
                format("the deflated dataset inflates to more than {} MiB (HEADER_LIMIT_MIB)", limit_bytes_ >> 20U));
  }
  const std::size_t before = inflated_.size();
  inflated_.resize(std::min<std::uint64_t>(before + chunk_bytes, limit_bytes_));
  zlib.next_out = reinterpret_cast<Bytef*>(inflated_.data() + before);
  zlib.avail_out = static_cast<uInt>(inflated_.size() - before);
  const bool first = zlib.total_out == 0 && zlib.total_in == 0;
  const auto* const input = zlib.next_in;
  const uInt input_size = zlib.avail_in;
  int code = inflate(&zlib, Z_NO_FLUSH);
  if (code == Z_DATA_ERROR && first && zlib.total_out == 0) {
    // Some writers wrap the stream as zlib does (RFC 1950), against PS3.5 §A.5.
    inflateReset2(&zlib, zlib_wrapped);
    zlib.next_in = const_cast<Bytef*>(input);
    zlib.avail_in = input_size;
    code = inflate(&zlib, Z_NO_FLUSH);
  }
  inflated_.resize(inflated_.size() - zlib.avail_out);
  if (code == Z_STREAM_END) stream_->ended = true;
  if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
    return fail(Errc::corrupted, format("the deflated dataset is damaged before byte {}", consumed_bytes()));
  }
  return {};
}

}  // namespace dmw::dicom
