#include "sources/files/zip_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <string_view>
#include <utility>

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

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

/// The upper half of code page 437, the encoding of names without the UTF-8 flag (APPNOTE.TXT, D.1).
constexpr std::string_view upper_437 =
    "\u00C7\u00FC\u00E9\u00E2\u00E4\u00E0\u00E5\u00E7\u00EA\u00EB\u00E8\u00EF\u00EE\u00EC\u00C4\u00C5"
    "\u00C9\u00E6\u00C6\u00F4\u00F6\u00F2\u00FB\u00F9\u00FF\u00D6\u00DC\u00A2\u00A3\u00A5\u20A7\u0192"
    "\u00E1\u00ED\u00F3\u00FA\u00F1\u00D1\u00AA\u00BA\u00BF\u2310\u00AC\u00BD\u00BC\u00A1\u00AB\u00BB"
    "\u2591\u2592\u2593\u2502\u2524\u2561\u2562\u2556\u2555\u2563\u2551\u2557\u255D\u255C\u255B\u2510"
    "\u2514\u2534\u252C\u251C\u2500\u253C\u255E\u255F\u255A\u2554\u2569\u2566\u2560\u2550\u256C\u2567"
    "\u2568\u2564\u2565\u2559\u2558\u2552\u2553\u256B\u256A\u2518\u250C\u2588\u2584\u258C\u2590\u2580"
    "\u03B1\u00DF\u0393\u03C0\u03A3\u03C3\u00B5\u03C4\u03A6\u0398\u03A9\u03B4\u221E\u03C6\u03B5\u2229"
    "\u2261\u00B1\u2265\u2264\u2320\u2321\u00F7\u2248\u00B0\u2219\u00B7\u221A\u207F\u00B2\u25A0\u00A0";

/// The offset of each of its characters, and of the end.
constexpr auto upper_437_at = [] {
  std::array<std::size_t, 129> at{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < upper_437.size(); ++i) {
    if ((static_cast<unsigned char>(upper_437[i]) & 0xC0U) != 0x80) at.at(count++) = i;
  }
  at.at(count) = upper_437.size();
  return at;
}();
static_assert(upper_437_at[128] == upper_437.size());

/// Sets a UTF-8 locale for this thread while the library reads a header: it converts names by the locale, and the
/// default one knows only ASCII.
class NamesInUtf8 {
 public:
  NamesInUtf8() : before_(::uselocale(in_utf8())) {}
  ~NamesInUtf8() { ::uselocale(before_); }
  NamesInUtf8(const NamesInUtf8&) = delete;
  NamesInUtf8& operator=(const NamesInUtf8&) = delete;

 private:
  /// Null, which uselocale() ignores, if the system has none.
  static locale_t in_utf8() {
    static const locale_t made = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return made;
  }

  locale_t before_;
};

/// The name of an entry as text that is safe to show; the archive may contain anything.
std::string name_of_entry(archive_entry* entry, std::uint64_t number) {
  const char* name = archive_entry_pathname_utf8(entry);
  if (name == nullptr) name = archive_entry_pathname(entry);
  if (name == nullptr || *name == '\0') return format("file {}", number);
  const std::string_view raw = name;
  const bool is_text = http::is_utf8(raw);
  std::string shown;
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      shown += '?';
    } else if (byte < 0x80 || is_text) {
      shown += c;
    } else {
      const std::size_t at = upper_437_at.at(byte - 0x80U);
      shown += upper_437.substr(at, upper_437_at.at(byte - 0x7FU) - at);
    }
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
  std::optional<std::uint64_t> directory_bytes{0};  // bytes read so far, while the directory is read
  archive_entry* entry = nullptr;                   // the reader's own
  std::optional<Error> stopped{};                   // set if we stopped, in a callback or at a limit

  State(dicom::ByteSource& archive, const ZipLimits& bounds) : source(archive), limits(bounds) {}

  static la_ssize_t on_read(archive* reader, void* data, const void** into);
  static la_int64_t on_seek(archive* reader, void* data, la_int64_t offset, int from);
  static la_int64_t on_skip(archive* reader, void* data, la_int64_t count);

  Result<> begin();
  /// Stops permanently: nothing more can be read.
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
      state.stopped = Error{
          Errc::too_large, format("its central directory is over {} MiB", state.limits.directory_bytes >> 20U), {}};
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
  // The offset comes from the archive and may be out of bounds.
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
    const NamesInUtf8 names;
    const int found = archive_read_next_header(state.reader.get(), &entry);
    state.directory_bytes.reset();
    if (found == ARCHIVE_EOF) return std::nullopt;
    if (found < ARCHIVE_WARN || state.stopped) return state.broken();
    if (++state.entries > state.limits.entries)
      return state.stop(Errc::too_large, format("more than {} files in one archive", state.limits.entries));
    if (archive_entry_filetype(entry) != AE_IFREG) continue;
    state.entry = entry;
    ZipEntry told{.name = name_of_entry(entry, state.entries)};
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
  // The library gives the method only as text. Other methods than these two may need gigabytes of memory.
  const std::string_view method = archive_format_name(reader);
  if (!method.ends_with("(uncompressed)") && !method.ends_with("(deflation)"))
    return fail(Errc::unsupported, "it is not compressed with deflate: unpack the archive first");
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
