#include "store/local/layout.h"

#include <cerrno>
#include <optional>
#include <set>

#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/uuid.h"
#include "store/key_form.h"

namespace dmw::store::local {

namespace fs = std::filesystem;

Result<Layout> Layout::open(const fs::path& root) {
  TRY(make_directories(root));
  std::error_code error;
  const fs::path canonical = fs::canonical(root, error);
  if (error) return fail_errno(error.value(), "resolve " + root.string());
  Layout layout(canonical);
  TRY(layout.make_roots());
  TRY(layout.sweep());
  TRY(layout.identify());
  return layout;
}

Result<Layout> Layout::look(const fs::path& root) {
  Layout layout(root);
  TRY(layout.read_identity());
  return layout;
}

Result<> Layout::check_there(const fs::path& root, const std::string& id) {
  std::error_code untold;  // what cannot be asked for is found out by who opens it
  if (fs::exists(root / "store_id", untold) || untold) return {};
  return fail(Errc::unavailable, "there is no store in " + root.string() +
                                     " (STORAGE_PATH), and the catalog belongs to store " + id +
                                     ": mount its volume, or restore it");
}

Result<> Layout::make_roots() const {
  for (const char* name : {"tmp", "studies", "dead-letters", "marks"}) TRY(make_directories(root_ / name));
  return sync_directory(root_);
}

Result<std::set<fs::path>> Layout::key_directories() const {
  const fs::path parent = root_ / "studies";
  std::set<fs::path> there = {root_ / "dead-letters", root_ / "marks"};
  std::error_code error;
  for (fs::directory_iterator entry(parent, error), end; !error && entry != end; entry.increment(error)) {
    there.insert(entry->path());
  }
  if (error) return fail_errno(error.value(), "list " + parent.string());
  // The process that made the last of them may not have got so far.
  TRY(sync_directory(parent));
  return there;
}

Result<> Layout::sweep() const {
  std::int64_t swept = 0;
  std::error_code error;
  for (fs::directory_iterator entry(root_ / "tmp", error), end; !error && entry != end; entry.increment(error)) {
    fs::remove(entry->path(), error);
    ++swept;
    if (error) break;
  }
  if (error) return fail_errno(error.value(), "sweep " + (root_ / "tmp").string());
  if (swept > 0) log::info("store_swept", "unfinished files of an earlier run were removed", {{"files", swept}});
  return {};
}

Result<> Layout::identify() {
  const fs::path file = root_ / "store_id";
  const Result<std::string> text = read_text(file, 100);
  if (!text && text.error().code == Errc::not_found) {
    const fs::path part = temporary();
    File written = TRY(create_file(part, as_bytes(Uuid::random().text())));
    TRY(written.sync());
    TRY(rename_file(part, file));
    TRY(sync_directory(root_));
  }
  return read_identity();
}

Result<> Layout::read_identity() {
  const Result<std::string> text = read_text(root_ / "store_id", 100);
  if (!text) return std::unexpected(text.error());
  const std::optional<Uuid> id = Uuid::parse(*text);
  if (!id) return fail(Errc::internal, "the file store_id of the store in " + root_.string() + " has no identifier");
  store_id_ = id->text();
  volume_ = std::make_shared<Volume>(root_, "store_id", store_id_, "STORAGE_PATH");
  return {};
}

Result<fs::path> Layout::path_of(const ObjectKey& key) const {
  TRY(check_key(key));
  return root_ / key.get();
}

Result<fs::path> Layout::directory_of(std::string_view directory) const {
  TRY(check_directory(directory));
  return root_ / directory;
}

fs::path Layout::temporary() const {
  return root_ / "tmp" / Uuid::random().text();
}

Result<File> create_file(const fs::path& path, ByteView bytes) {
  File file = TRY(File::open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW));
  const Result<> written = file.write_all(bytes);
  if (!written) {
    ::unlink(path.c_str());
    return std::unexpected(written.error());
  }
  return file;
}

}  // namespace dmw::store::local
