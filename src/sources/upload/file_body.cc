#include "sources/upload/file_body.h"

#include <string>
#include <utility>

#include "sources/files/zip_reader.h"
#include "sources/upload/known_size.h"
#include "sources/upload/refusals.h"

namespace dmw::sources {
namespace {

constexpr std::size_t sniffed_bytes = 132;

/// Writes the body to `file`, beginning with the bytes that were read already.
template <typename AnyFile>
std::optional<http::Problem> copy(const std::string& head, http::BodyReader& body, AnyFile& file) {
  for (ByteView bytes = as_bytes(head);;) {
    if (const Result<> written = file.append(bytes); !written) return not_taken(written.error());
    const Result<ByteView> next = body.next();
    if (!next) return http::body_problem(next.error());
    if (next->empty()) return std::nullopt;
    bytes = *next;
  }
}

/// Keeps the files of one archive one by one.
class Unpacking {
 public:
  Unpacking(Door& door, Delivery& delivery, const std::function<bool()>& stopping)
      : door_(door), delivery_(delivery), stopping_(stopping) {}

  std::optional<http::Problem> run(const File& archive) {
    const Result<> unpacked = all(archive);
    if (unpacked) return std::nullopt;
    if (ours_) return not_taken(unpacked.error());
    const int status = unpacked.error().code == Errc::too_large ? 413 : 422;
    return http::Problem::of(status, unpacked.error().what);
  }

 private:
  Result<> all(const File& archive) {
    dicom::FileSource source = TRY(dicom::FileSource::of(archive));
    ZipReader reader = TRY(ZipReader::open(source));
    while (auto entry = TRY(reader.next())) TRY(one(reader, *std::move(entry)));
    return {};
  }

  Result<> one(ZipReader& reader, ZipEntry entry) {
    if (!delivery_.take_place()) return fail_ours(no_place());
    Result<inbox::SpoolFile> file = door_.open(entry.size_bytes.value_or(0));
    if (!file && file.error().code != Errc::too_large) return fail_ours(file.error());
    if (!file) {
      delivery_.refuse(std::move(entry.name), file.error());
      return {};
    }
    const Result<> read = reader.read([&](ByteView bytes) -> Result<> {
      if (stopping_()) return fail_ours({Errc::cancelled, "the program stops", {}});
      const Result<> written = file->append(bytes);
      return written ? written : fail_ours(written.error());
    });
    const bool of_this_file = !read && (read.error().code == Errc::unsupported || read.error().code == Errc::corrupted);
    if (!read && (ours_ || !of_this_file)) return read;
    if (read)
      delivery_.add(*std::move(file), std::move(entry.name), Cut::taken);
    else
      delivery_.refuse(std::move(entry.name), read.error());
    return {};
  }

  /// Ends with an error of ours.
  Result<> fail_ours(Error why) {
    ours_ = true;
    return std::unexpected(std::move(why));
  }

  Door& door_;
  Delivery& delivery_;
  const std::function<bool()>& stopping_;
  bool ours_ = false;
};

}  // namespace

std::optional<http::Problem> receive_file(const http::Request& request, http::BodyReader& body, const FileRooms& rooms,
                                          Delivery& delivery) {
  std::string head;
  while (head.size() < sniffed_bytes) {
    const Result<ByteView> bytes = body.next();
    if (!bytes) return http::body_problem(bytes.error());
    if (bytes->empty()) break;
    head += as_text(*bytes);
  }
  if (head.empty()) return std::nullopt;
  if (is_zip(as_bytes(head))) {
    Result<inbox::ScratchFile> archive = rooms.inbox.scratch(known_size(request));
    if (!archive) return not_taken(archive.error());
    if (auto problem = copy(head, body, *archive)) return problem;
    return Unpacking(rooms.door, delivery, rooms.stopping).run(archive->file());
  }
  if (!delivery.take_place()) return not_taken(no_place());
  Result<inbox::SpoolFile> file = rooms.door.open(known_size(request));
  if (!file) return not_taken(file.error());
  if (auto problem = copy(head, body, *file)) return problem;
  delivery.add(*std::move(file));
  return std::nullopt;
}

}  // namespace dmw::sources
