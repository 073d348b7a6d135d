#include "sources/folder/zip_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include <archive.h>
#include <archive_entry.h>

#include "base/format.h"
#include "http/target.h"

namespace dmw::sources {
namespace {

constexpr std::size_t chunk_bytes = 64U << 10U;
constexpr std::string_view local_header = "PK\x03\x04";
constexpr std::string_view empty_archive = "PK\x05\x06";

std::string words_of(archive* reader) {
  const char* const words = archive_error_string(reader);
  return words != nullptr ? words : "it does not say what";
}

/// The archive writes what it likes into a name; here it becomes text that may be shown.
std::string shown_name(archive_entry* entry, std::uint64_t number) {
  const char* name = archive_entry_pathname_utf8(entry);
  if (name == nullptr) name = archive_entry_pathname(entry);
  if (name == nullptr || *name == '\0') return format("file {}", number);
  std::string shown = name;
  const bool text = http::is_utf8(shown);
  for (char& c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !text)) c = '?';
  }
  return shown;
}

}  // namespace

struct ZipReader::State {
  dicom::ByteSource& source;
  ZipLimits limits;
  std::unique_ptr<archive, decltype(&archive_read_free)> reader{nullptr, archive_read_free};
  std::uint64_t position = 0;
  std::array<std::byte, chunk_bytes> block{};
  std::array<std::byte, chunk_bytes> unpacked{};
  std::uint64_t unpacked_bytes = 0;
  std::uint64_t entries = 0;
  std::optional<std::uint64_t> directory_bytes{0};  // while the directory is read
  archive_entry* entry = nullptr;                   // the reader's own
  std::optional<Error> stopped{};                   // by us, in a callback or by a limit

  State(dicom::ByteSource& archive, const ZipLimits& bounds) : source(archive), limits(bounds) {}

  static la_ssize_t on_read(archive* reader, void* data, const void** into);
  static la_int64_t on_seek(archive* reader, void* data, la_int64_t offset, int from);
  static la_int64_t on_skip(archive* reader, void* data, la_int64_t count);

  Result<> begin();
  /// For good: nothing more can be read.
  std::unexpected<Error> stop(Errc code, std::string what);
  std::unexpected<Error> broken();
  std::uint64_t unpacked_bytes_max() const;
};

la_ssize_t ZipReader::State::on_read(archive* reader, void* data, const void** into) {
  State& state = *static_cast<State*>(data);
  const Result<std::size_t> got = state.source.read_at(state.position, state.block);
  if (!got) {
    state.stopped = got.error();
    archive_set_error(reader, EIO, "%s", "the archive cannot be read");
    return ARCHIVE_FATAL;
  }
  state.position += *got;
  if (state.directory_bytes) {
    *state.directory_bytes += *got;
    if (*state.directory_bytes > state.limits.directory_bytes) {
      state.stopped =
          Error{Errc::too_large, format("its directory is over {} MiB", state.limits.directory_bytes >> 20U), {}};
      archive_set_error(reader, EIO, "%s", "the directory is too large");
      return ARCHIVE_FATAL;
    }
  }
  *into = state.block.data();
  return static_cast<la_ssize_t>(*got);
}

la_int64_t ZipReader::State::on_seek(archive* /*reader*/, void* data, la_int64_t offset, int from) {
  State& state = *static_cast<State*>(data);
  const auto size = static_cast<la_int64_t>(state.source.size());
  const la_int64_t base = from == SEEK_END ? size : from == SEEK_CUR ? static_cast<la_int64_t>(state.position) : 0;
  // The archive wrote the offset: out of its bounds there is nothing.
  if (offset > size - base || offset < -base) return ARCHIVE_FATAL;
  state.position = static_cast<std::uint64_t>(base + offset);
  return base + offset;
}

la_int64_t ZipReader::State::on_skip(archive* /*reader*/, void* data, la_int64_t count) {
  State& state = *static_cast<State*>(data);
  const std::uint64_t left = state.source.size() - std::min(state.position, state.source.size());
  const std::uint64_t skipped = std::min(static_cast<std::uint64_t>(std::max<la_int64_t>(count, 0)), left);
  state.position += skipped;
  return static_cast<la_int64_t>(skipped);
}

Result<> ZipReader::State::begin() {
  reader.reset(archive_read_new());
  archive* const to = reader.get();
  ASSERT(to != nullptr);
  archive_read_support_format_zip_seekable(to);
  archive_read_set_callback_data(to, this);
  archive_read_set_read_callback(to, on_read);
  archive_read_set_seek_callback(to, on_seek);
  archive_read_set_skip_callback(to, on_skip);
  if (archive_read_open1(to) == ARCHIVE_OK) return {};
  if (stopped) return std::unexpected(*stopped);
  return fail(Errc::corrupted, "no zip archive: " + words_of(to));
}

std::unexpected<Error> ZipReader::State::stop(Errc code, std::string what) {
  stopped = Error{code, std::move(what), {}};
  return std::unexpected(*stopped);
}

std::unexpected<Error> ZipReader::State::broken() {
  if (stopped) return std::unexpected(*stopped);
  return stop(Errc::corrupted, "the archive is broken: " + words_of(reader.get()));
}

std::uint64_t ZipReader::State::unpacked_bytes_max() const {
  return std::max(limits.unpacked_bytes_free, limits.unpacked_ratio * source.size());
}

bool is_zip(ByteView head) {
  const std::string_view text = as_text(head);
  if (text.size() >= 132 && text.substr(128, 4) == "DICM") return false;
  return text.starts_with(local_header) || text.starts_with(empty_archive);
}

ZipReader::ZipReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader& ZipReader::operator=(ZipReader&&) noexcept = default;
ZipReader::~ZipReader() = default;

Result<ZipReader> ZipReader::open(dicom::ByteSource& archive, const ZipLimits& limits) {
  ZipReader reader(std::make_unique<State>(archive, limits));
  TRY(reader.state_->begin());
  return reader;
}

Result<std::optional<ZipEntry>> ZipReader::next() {
  State& state = *state_;
  if (state.stopped) return std::unexpected(*state.stopped);
  while (true) {
    state.entry = nullptr;
    archive_entry* entry = nullptr;
    const int found = archive_read_next_header(state.reader.get(), &entry);
    state.directory_bytes.reset();
    if (found == ARCHIVE_EOF) return std::nullopt;
    if (found < ARCHIVE_WARN || state.stopped) return state.broken();
    if (++state.entries > state.limits.entries)
      return state.stop(Errc::too_large, format("more than {} files in one archive", state.limits.entries));
    if (archive_entry_filetype(entry) != AE_IFREG) continue;
    state.entry = entry;
    ZipEntry told{.name = shown_name(entry, state.entries)};
    if (archive_entry_size_is_set(entry) != 0 && archive_entry_size(entry) >= 0)
      told.size_bytes = static_cast<std::uint64_t>(archive_entry_size(entry));
    return told;
  }
}

Result<> ZipReader::read(const std::function<Result<>(ByteView)>& sink) {
  State& state = *state_;
  ASSERT(state.entry != nullptr);
  archive* const reader = state.reader.get();
  if (archive_entry_is_encrypted(std::exchange(state.entry, nullptr)) != 0)
    return fail(Errc::unsupported, "it is encrypted: unpack the archive first");
  // The library tells the method in words only. Others than these two may want gigabytes of memory.
  const std::string_view method = archive_format_name(reader);
  if (!method.ends_with("(uncompressed)") && !method.ends_with("(deflation)"))
    return fail(Errc::unsupported, "it is not packed by deflate: unpack the archive first");
  for (bool first = true;; first = false) {
    const la_ssize_t got = archive_read_data(reader, state.unpacked.data(), state.unpacked.size());
    if (state.stopped || got == ARCHIVE_FATAL) return state.broken();
    if (got < 0) return fail(Errc::corrupted, "its bytes in the archive are broken: " + words_of(reader));
    if (got == 0) return {};
    const ByteView bytes(state.unpacked.data(), static_cast<std::size_t>(got));
    if (first && is_zip(bytes)) return fail(Errc::unsupported, "an archive within an archive: unpack it first");
    state.unpacked_bytes += bytes.size();
    if (state.unpacked_bytes > state.unpacked_bytes_max())
      return state.stop(Errc::too_large, format("the archive unpacks to more than {} MiB, {} times its size",
                                                state.unpacked_bytes_max() >> 20U, state.limits.unpacked_ratio));
    TRY(sink(bytes));
  }
}

}  // namespace dmw::sources
