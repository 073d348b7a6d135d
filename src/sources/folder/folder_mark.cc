#include "sources/folder/folder_mark.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/format.h"
#include "base/terminal.h"

namespace dmw::sources {
namespace {

constexpr std::size_t mark_bytes_max = 4'096;
constexpr std::string_view id_word = "catalog ";
constexpr std::string_view place_word = "at ";

std::string text_of(const FolderMark::Installation& of) {
  return format(
      "This folder is watched by an installation of DICOM Middleware, which moves files out of it.\n"
      "Remove this file only when that installation no longer uses the folder.\n"
      "{}{}\n{}{}\n",
      id_word, of.id.text(), place_word, of.place);
}

/// The rest of the complete line that begins with `word`.
std::string_view line_of(std::string_view text, std::string_view word) {
  for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n')) {
    const std::string_view line = text.substr(0, end);
    if (line.starts_with(word)) return line.substr(word.size());
    text.remove_prefix(end + 1);
  }
  return {};
}

/// A small file, read whole or up to its limit.
Result<std::string> text_in(const File& file) {
  std::array<char, mark_bytes_max> bytes{};
  const std::size_t size = TRY(file.read_at(0, std::as_writable_bytes(std::span(bytes))));
  return std::string(bytes.data(), size);
}

std::optional<FolderMark::Installation> parse(std::string_view text) {
  const std::optional<Uuid> id = Uuid::parse(line_of(text, id_word));
  if (!id) return std::nullopt;
  return FolderMark::Installation{*id, for_terminal(line_of(text, place_word))};
}

std::unexpected<Error> fail_anothers(const FolderMark::Installation& other, const std::filesystem::path& root) {
  return fail(Errc::unavailable,
              format("WATCH_PATH {} is watched by another installation ({}, catalog {}), which moves its files: use "
                     "another folder, or remove {} if that installation no longer exists",
                     root.string(), other.place, other.id.text(), (root / FolderMark::file_name).string()));
}

/// Opens the mark, creates it if missing, and locks it. If two installations mark a folder at the same time, the second
/// one reads the mark of the first. On a share without locks it continues without one.
Result<File> open_locked(const File& folder) {
  const std::string name(FolderMark::file_name);
  File mark(::openat(folder.descriptor(), name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!mark.is_open()) return fail_errno(errno, "the making of " + name);
  if (::flock(mark.descriptor(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return fail(Errc::unavailable, name + " is being written by another program");
  return mark;
}

Result<> write_over(const File& folder, File& mark, std::string_view text) {
  if (::ftruncate(mark.descriptor(), 0) != 0) return fail_errno(errno, "the emptying of the mark");
  TRY(mark.write_all(as_bytes(text)));
  TRY(mark.sync());
  // Some shares cannot sync a folder. If a power cut then removes the mark, it is written again.
  static_cast<void>(::fsync(folder.descriptor()));
  return {};
}

}  // namespace

Result<std::optional<FolderMark::Installation>> FolderMark::read(const FolderTree& tree) {
  const Result<File> file = tree.file(file_name);
  if (!file && file.error().code == Errc::not_found) return std::nullopt;
  if (!file) return std::unexpected(file.error());
  return parse(TRY(text_in(*file)));
}

std::optional<Uuid> FolderMark::read_note(const std::filesystem::path& note) {
  if (note.empty()) return std::nullopt;
  const Result<std::string> text = read_text(note, mark_bytes_max);
  return text ? Uuid::parse(line_of(*text, id_word)) : std::nullopt;
}

std::optional<Uuid> FolderMark::our_id() {
  if (const std::optional<Uuid> open = options_.catalog_id(); open && id_ != open) {
    if (!options_.note.empty() && read_note(options_.note) != open) {
      Result<File> note = File::open(options_.note, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
      // Without the note a start must wait for the catalog.
      if (note) static_cast<void>(note->write_all(as_bytes(format("{}{}\n", id_word, open->text()))));
    }
    id_ = open;
  }
  if (!id_) id_ = read_note(options_.note);
  return id_;
}

Result<> FolderMark::check(const FolderTree& tree, const std::filesystem::path& root) {
  is_ours_ = false;
  if (!options_.catalog_id) return {};
  const Result<std::optional<Installation>> mark = read(tree);
  if (!mark)
    return fail(Errc::unavailable, format("{} cannot be read, so another installation may be watching this folder: {}",
                                          (root / file_name).string(), mark.error().message()));
  const std::optional<Uuid> ours = our_id();
  if (!*mark) return {};
  is_ours_ = ours == (*mark)->id;
  if (is_ours_) return {};
  if (ours) return fail_anothers(**mark, root);
  return fail(Errc::unavailable, format("WATCH_PATH {} is watched by an installation ({}, catalog {}); whether it is "
                                        "this one will be known when the catalog is open",
                                        root.string(), (*mark)->place, (*mark)->id.text()));
}

Result<> FolderMark::set(const FolderTree& tree, const std::filesystem::path& root) {
  if (!options_.catalog_id || is_ours_) return {};
  const std::optional<Uuid> ours = our_id();
  if (!ours) return {};
  const File folder = TRY(tree.folder(""));
  File mark = TRY(open_locked(folder));
  const std::optional<Installation> there = parse(TRY(text_in(mark)));
  if (there && there->id != *ours) return fail_anothers(*there, root);
  if (!there) TRY(write_over(folder, mark, text_of({*ours, options_.place})));
  is_ours_ = true;
  return {};
}

}  // namespace dmw::sources
