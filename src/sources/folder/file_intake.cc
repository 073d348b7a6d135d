#include "sources/folder/file_intake.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/format.h"
#include "dicom/byte_source.h"
#include "model/dead_letter.h"
#include "sources/files/file_kind.h"

namespace dmw::sources {
namespace {

constexpr std::size_t block_bytes = 256U << 10U;
constexpr std::size_t head_bytes = 64U << 10U;
constexpr std::size_t reasons_max = 20;
constexpr std::chrono::milliseconds room_interval{200};

/// A spool file that is written until the program stops.
class Spooling {
 public:
  Spooling(inbox::SpoolFile file, const std::stop_token& stop) : file_(std::move(file)), stop_(stop) {}

  Result<> append(ByteView bytes) {
    Result<> written = stop_.stop_requested() ? fail(Errc::cancelled, "the program stops") : file_.append(bytes);
    if (!written) failed_ = written.error();
    return written;
  }
  /// Why nothing more can be written; not the fault of the file that is read.
  const std::optional<Error>& failed() const { return failed_; }
  inbox::SpoolFile& file() { return file_; }

 private:
  inbox::SpoolFile file_;
  const std::stop_token& stop_;
  std::optional<Error> failed_;
};

Result<> copy(const File& from, Spooling& to) {
  std::vector<std::byte> block(block_bytes);
  for (std::uint64_t at = 0;;) {
    const std::size_t got = TRY(from.read_at(at, block));
    if (got == 0) return {};
    TRY(to.append(ByteView(block).first(got)));
    at += got;
  }
}

Result<bool> is_still(const File& file, const FileStamp& stamp) {
  return TRY(stamp_of(file.descriptor())) == stamp;
}

/// The problems inside an archive, as one text.
class Complaints {
 public:
  void add(const std::string& name, const std::string& why) {
    ++count_;
    if (count_ <= reasons_max) text_ += format("\n{}: {}", name, why);
  }
  void end(const std::string& why) {
    ++count_;
    text_ += "\n" + why;
  }
  bool empty() const { return count_ == 0; }
  std::string text(std::uint64_t kept) const {
    const std::string more = count_ > reasons_max ? format("\nand {} more", count_ - reasons_max) : "";
    return format("{} files of the archive were imported, {} were not:{}{}", kept, count_, text_, more);
  }

 private:
  std::uint64_t count_ = 0;
  std::string text_;
};

}  // namespace

Result<Intake> FileIntake::take(const FolderTree& tree, const FoundFile& found, const Session& session) {
  const FileStamp& stamp = found.stamp;
  const auto unreadable = [](const Error& why) {
    // Its name now belongs to something other than a file; the next walk will see it.
    const bool other = why.code == Errc::not_found || why.code == Errc::unsupported;
    return other ? Intake{Intake::Ending::changed} : Intake{Intake::Ending::unreadable, why.message()};
  };
  const Result<File> file = tree.file(found.relative);
  if (!file) return unreadable(file.error());
  const Result<bool> same = is_still(*file, stamp);
  if (!same || !*same) return Intake{Intake::Ending::changed};
  std::vector<std::byte> head(head_bytes);
  const Result<std::size_t> got = file->read_at(0, head);
  if (!got) return unreadable(got.error());
  switch (kind_of(ByteView(head).first(*got))) {
    case FileKind::dicom:
      return take_instance(*file, found, session);
    case FileKind::zip:
      return take_archive(*file, found, session);
    case FileKind::dicomdir:
      return Intake{Intake::Ending::passed};
    case FileKind::other:
      break;
  }
  door_.refused("not_dicom");
  return Intake{Intake::Ending::refused,
                "this is no DICOM file: there is no \"DICM\" at byte 128, and no element at its start"};
}

Result<Intake> FileIntake::take_instance(const File& file, const FoundFile& found, const Session& session) {
  const FileStamp& stamp = found.stamp;
  Result<inbox::SpoolFile> opened = door_.open(stamp.size_bytes);
  if (!opened && is_too_large(opened.error())) return Intake{Intake::Ending::no_room, opened.error().message()};
  Spooling spool(TRY(std::move(opened)), stop_);
  const Result<> copied = copy(file, spool);
  if (spool.failed()) return std::unexpected(*spool.failed());
  if (!copied) return Intake{Intake::Ending::unreadable, copied.error().message()};
  const Result<bool> same = is_still(file, stamp);
  if (!same || !*same || spool.file().size() != stamp.size_bytes) return Intake{Intake::Ending::changed};
  std::string why = TRY(keep(std::move(spool.file()), session, found.relative));
  const Intake::Ending ending = why.empty() ? Intake::Ending::kept : Intake::Ending::set_aside;
  return Intake{ending, std::move(why)};
}

bool FileIntake::is_too_large(const Error& why) const {
  return why.code == Errc::too_large || (why.code == Errc::full && door_.admit());
}

Result<Intake> FileIntake::take_archive(const File& file, const FoundFile& found, const Session& session) {
  const FileStamp& stamp = found.stamp;
  dicom::FileSource source(file, stamp.size_bytes);
  Complaints complaints;
  std::uint64_t kept = 0;
  Result<ZipReader> archive = ZipReader::open(source, zip_);
  if (!archive) return Intake{Intake::Ending::refused, archive.error().message()};
  while (true) {
    const Result<std::optional<ZipEntry>> entry = archive->next();
    if (!entry) complaints.end(entry.error().message());
    if (!entry || !*entry) break;
    if (stop_.stop_requested()) return fail(Errc::cancelled, "the program stops");
    const std::uint64_t size_bytes = (*entry)->size_bytes.value_or(0);
    Result<inbox::SpoolFile> opened = door_.open(size_bytes);
    if (!opened && opened.error().code == Errc::full) {
      if (kept == 0 && is_too_large(opened.error())) return Intake{Intake::Ending::no_room, opened.error().message()};
      if (kept > 0) opened = wait_for_room(size_bytes);
    }
    if (!opened && opened.error().code == Errc::too_large) {
      complaints.add((*entry)->name, opened.error().message());
      continue;
    }
    Spooling spool(TRY(std::move(opened)), stop_);
    const Result<> read = archive->read([&](ByteView bytes) { return spool.append(bytes); });
    if (spool.failed()) return std::unexpected(*spool.failed());
    if (!read) {
      complaints.add((*entry)->name, read.error().message());
      continue;
    }
    if (kind_of(spool.file().head()) != FileKind::dicom) continue;
    const std::string why =
        TRY(keep(std::move(spool.file()), session, format("{}: {}", found.relative, (*entry)->name)));
    if (why.empty())
      ++kept;
    else
      complaints.add((*entry)->name, why);
  }
  const Result<bool> same = is_still(file, stamp);
  if (!same || !*same) return Intake{Intake::Ending::changed};
  if (complaints.empty()) return Intake{Intake::Ending::kept};
  return Intake{Intake::Ending::set_aside, complaints.text(kept)};
}

Result<inbox::SpoolFile> FileIntake::wait_for_room(std::uint64_t bytes) {
  std::mutex mutex;
  std::condition_variable_any nobody;
  std::unique_lock lock(mutex);
  while (true) {
    nobody.wait_for(lock, stop_, room_interval, [] { return false; });
    if (stop_.stop_requested()) return fail(Errc::cancelled, "the program stops");
    Result<inbox::SpoolFile> opened = door_.open(bytes);
    if (opened || opened.error().code != Errc::full) return opened;
  }
}

Result<std::string> FileIntake::keep(inbox::SpoolFile spool, const Session& session, const std::string& name) {
  Received received = TRY(door_.receive(std::move(spool)));
  std::string why;
  if (received.header.is_refused()) {
    const Refusal& refusal = received.header.refusal();
    why = format("{}; {}", refusal.detail, advice(Stage::header, refusal.code));
  }
  TRY(door_.keep(std::move(received), session, {}, name));
  return why;
}

}  // namespace dmw::sources
