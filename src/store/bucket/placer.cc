#include "store/bucket/placer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fcntl.h>

#include "base/crash_point.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/own_storage.h"
#include "store/fingerprinter.h"
#include "store/key_form.h"

namespace dmw::store::bucket {
namespace {

constexpr std::size_t step_bytes = 256U << 10U;
constexpr std::size_t remembered_max = 256;

Result<std::uint32_t> crc32c_of(const File& file) {
  std::vector<std::byte> buffer(step_bytes);
  std::uint32_t crc = 0;
  std::uint64_t at = 0;
  while (const std::size_t got = TRY(file.read_at(at, buffer))) {
    crc = crc32c(crc, ByteView(buffer).first(got));
    at += got;
  }
  return crc;
}

http::ByteSupply supply_of(const File& file) {
  return [&file](std::uint64_t offset, std::span<std::byte> into) -> Result<std::size_t> {
    return own_storage(file.read_at(offset, into), "the inbox");
  };
}

http::ByteSupply supply_of(const std::string& bytes) {
  return [&bytes](std::uint64_t offset, std::span<std::byte> into) -> Result<std::size_t> {
    const ByteView rest = as_bytes(bytes).subspan(std::min<std::size_t>(offset, bytes.size()));
    const ByteView part = rest.first(std::min(rest.size(), into.size()));
    std::ranges::copy(part, into.begin());
    return part.size();
  };
}

/// The study in a key of an instance: `studies/0af/<study>_…`.
std::string study_in(const ObjectKey& key) {
  const std::string_view text = key.get();
  if (!text.starts_with("studies/")) return "";
  const std::string_view name = text.substr(text.rfind('/') + 1);
  return std::string(name.substr(0, name.find('_')));
}

bool has_these_bytes(const Standing& standing, const Upload& upload) {
  return standing.size_bytes == upload.size_bytes && standing.crc32c == upload.crc32c;
}

}  // namespace

Placer::Placer(Bucket& bucket, const Reader& reader, PlacerOptions options)
    : bucket_(bucket), reader_(reader), options_(std::move(options)) {}

Result<Stored> Placer::place(const Put& item) const {
  TRY(check_key(item.key));
  const Result<File> file = File::open(item.file, O_RDONLY | O_NOFOLLOW);
  if (file) return place_file(item, *file);
  if (file.error().code == Errc::not_found) return place_missing(item);
  return own_storage_error(file.error(), "the inbox");
}

Result<Stored> Placer::place_missing(const Put& item) const {
  const Result<Standing> standing = reader_.stat(item.key);
  if (!standing && standing.error().code == Errc::not_found)
    return fail(Errc::corrupted, "the spool file is gone, and there is no object");
  if (!standing) return std::unexpected(standing.error());
  std::optional<Fingerprint> print = TRY(print_of(item, *standing));
  if (!print) return fail(Errc::corrupted, "the spool file is gone, and the object has other bytes than its key says");
  return Stored{std::move(print)};
}

Result<Stored> Placer::place_file(const Put& item, const File& file) const {
  if (TRY(own_storage(file.size(), "the inbox")) != item.size_bytes)
    return fail(Errc::corrupted, "the spool file changed after it was kept");
  Upload upload{.name = reader_.place().name(item.key),
                .content_type = "application/dicom",
                .study_uid = study_in(item.key),
                .size_bytes = item.size_bytes,
                .crc32c = TRY(own_storage(crc32c_of(file), "the inbox")),
                .supply = supply_of(file)};
  if (item.size_bytes > options_.asked_first_bytes) {
    const Result<Standing> standing = reader_.stat(item.key);
    if (standing) return place_beside(item, file, std::move(upload), *standing);
    if (standing.error().code != Errc::not_found) return std::unexpected(standing.error());
  }
  const Result<Standing> sent = send(upload);
  if (sent) return Stored();
  if (sent.error().code != Errc::conflict) return std::unexpected(sent.error());
  const Result<Standing> standing = reader_.stat(item.key);
  if (!standing && standing.error().code == Errc::not_found)
    return fail(Errc::unavailable, "the object was there for its upload, and is gone");
  if (!standing) return std::unexpected(standing.error());
  return place_beside(item, file, std::move(upload), *standing);
}

Result<Stored> Placer::place_beside(const Put& item, const File& file, Upload upload, const Standing& standing) const {
  if (has_these_bytes(standing, upload)) {
    Fingerprint print = TRY(own_storage(fingerprint_of(file, options_.locate), "the inbox"));
    if (print.dataset_sha256 != item.dataset_sha256)
      return fail(Errc::corrupted, "the spool file changed after it was kept");
    return Stored{std::move(print)};
  }
  if (std::optional<Fingerprint> print = TRY(print_of(item, standing))) return Stored{std::move(print)};
  upload.replaces = standing.version;
  const Result<Standing> sent = send(upload);
  if (!sent) return away(sent.error());
  log::warning("object_healed", "an object had other bytes than its key says and is replaced by what arrived now",
               {{"key", item.key.get()}});
  return Stored();
}

Result<std::optional<Fingerprint>> Placer::print_of(const Put& item, const Standing& standing) const {
  StreamFingerprinter fingerprinter(options_.locate);
  const Result<> read = reader_.read(
      item.key, {},
      [&](ByteView bytes) -> Result<> {
        fingerprinter.append(bytes);
        return {};
      },
      standing.version);
  // Bytes that do not fit their CRC32C may have been changed on the way to us: they prove nothing about the object.
  if (!read) return away(read.error());
  Fingerprint print = fingerprinter.finish();
  if (print.dataset_sha256 != item.dataset_sha256) return std::nullopt;
  return print;
}

Result<Standing> Placer::send(const Upload& upload) const {
  Attempts attempts(options_.patience);
  Result<Standing> stored = bucket_.upload(upload, attempts);
  if (!stored) return stored;
  crash_point("store.after_upload");
  if (stored->size_bytes != upload.size_bytes || (stored->crc32c && *stored->crc32c != upload.crc32c))
    return fail(Errc::unavailable, "the server stored other bytes than were sent, by its CRC32C; they are sent again");
  return stored;
}

/// Only over the version that is known here, so that a request that comes late replaces nothing newer.
Result<> Placer::write(const Document& document) {
  TRY(check_key(document.key));
  constexpr int rounds_max = 3;
  Upload upload{.name = reader_.place().name(document.key),
                .content_type = document.key.get().ends_with(".json") ? "application/json" : "application/octet-stream",
                .study_uid = study_in(document.key),
                .size_bytes = document.bytes.size(),
                .crc32c = crc32c(0, as_bytes(document.bytes)),
                .supply = supply_of(document.bytes),
                .replaces = known_version(reader_.place().name(document.key))};
  for (int round = 0; round < rounds_max; ++round) {
    const Result<Standing> sent = send(upload);
    if (sent) {
      remember(upload.name, sent->version);
      return {};
    }
    if (sent.error().code != Errc::conflict) return std::unexpected(sent.error());
    const Result<Standing> standing = reader_.stat(document.key);
    if (!standing && standing.error().code != Errc::not_found) return std::unexpected(standing.error());
    if (standing && has_these_bytes(*standing, upload)) {
      remember(upload.name, standing->version);
      return {};
    }
    upload.replaces = standing ? standing->version : "";
  }
  return fail(Errc::unavailable, "somebody else writes the same document at the same time");
}

std::string Placer::known_version(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = versions_.find(name);
  return found == versions_.end() ? "" : found->second;
}

void Placer::remember(const std::string& name, const std::string& version) {
  const std::scoped_lock lock(mutex_);
  if (versions_.size() >= remembered_max) versions_.clear();
  versions_[name] = version;
}

}  // namespace dmw::store::bucket
