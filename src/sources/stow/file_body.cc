#include "sources/stow/file_body.h"

#include <string>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "sources/folder/zip_reader.h"
#include "sources/stow/spooling.h"

namespace dmw::sources {
namespace {

constexpr std::size_t sniffed_bytes = 132;

/// A file without a name: it goes with its descriptor, also when the program is killed.
Result<File> nameless_file(const std::filesystem::path& directory) {
  std::string name = (directory / "upload.XXXXXX").string();
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) return fail_errno(errno, "making a file for an upload");
  File file(descriptor);
  ::unlink(name.c_str());
  return file;
}

/// Passes the body on to `append`, from what has been read of it already.
template <typename Append>
std::optional<http::Problem> copy(const std::string& head, http::BodyReader& body, Append append) {
  for (ByteView bytes = as_bytes(head);;) {
    if (const Result<> written = append(bytes); !written) return not_taken(written.error());
    const Result<ByteView> next = body.next();
    if (!next) return http::body_problem(next.error());
    if (next->empty()) return std::nullopt;
    bytes = *next;
  }
}

std::optional<http::Problem> receive_instance(const std::string& head, http::BodyReader& body, Door& door,
                                              Delivery& delivery) {
  Result<Spooling> spooling = Spooling::open(door);
  if (!spooling) return not_taken(spooling.error());
  if (auto problem = copy(head, body, [&](ByteView bytes) { return spooling->append(bytes); })) return problem;
  delivery.add(std::move(*spooling).finish());
  return std::nullopt;
}

/// One file out of the archive. Errors: those of the reader that end the archive, and of the spool, which set `ours`.
Result<> unpack(ZipReader& archive, ZipEntry entry, Door& door, Delivery& delivery, bool& ours) {
  Result<Spooling> spooling = Spooling::open(door);
  ours = !spooling;
  if (ours) return std::unexpected(spooling.error());
  const Result<> read = archive.read([&](ByteView bytes) {
    Result<> written = spooling->append(bytes);
    ours = !written;
    return written;
  });
  const bool of_this_file = !read && (read.error().code == Errc::unsupported || read.error().code == Errc::corrupted);
  if (!read && (ours || !of_this_file)) return read;
  if (read)
    delivery.add(std::move(*spooling).finish(), std::move(entry.name));
  else
    delivery.refuse(std::move(entry.name), read.error());
  return {};
}

std::optional<http::Problem> unpack_all(const File& file, Door& door, Delivery& delivery) {
  bool ours = false;
  const auto unpacked = [&]() -> Result<> {
    dicom::FileSource source = TRY(dicom::FileSource::of(file));
    ZipReader archive = TRY(ZipReader::open(source));
    while (auto entry = TRY(archive.next())) TRY(unpack(archive, *std::move(entry), door, delivery, ours));
    return {};
  }();
  if (unpacked) return std::nullopt;
  if (ours) return not_taken(unpacked.error());
  const int status = unpacked.error().code == Errc::too_large ? 413 : 422;
  return http::Problem::of(status, unpacked.error().what);
}

}  // namespace

std::optional<http::Problem> receive_file(http::BodyReader& body, const std::filesystem::path& scratch, Door& door,
                                          Delivery& delivery) {
  std::string head;
  while (head.size() < sniffed_bytes) {
    const Result<ByteView> bytes = body.next();
    if (!bytes) return http::body_problem(bytes.error());
    if (bytes->empty()) break;
    head += as_text(*bytes);
  }
  if (head.empty()) return std::nullopt;
  if (!is_zip(as_bytes(head))) return receive_instance(head, body, door, delivery);
  Result<File> file = nameless_file(scratch);
  if (!file) return not_taken(file.error());
  AdmissionWatch watch(door);
  const auto append = [&](ByteView bytes) -> Result<> {
    TRY(watch.took(bytes.size()));
    return file->write_all(bytes);
  };
  if (auto problem = copy(head, body, append)) return problem;
  return unpack_all(*file, door, delivery);
}

}  // namespace dmw::sources
