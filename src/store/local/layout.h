// Layout: the folders below the root of a local store: the directories of keys, `tmp/` for files that are being
// written, and the file `store_id`.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "base/volume.h"
#include "model/object_key.h"

namespace dmw::store::local {

/// Any thread. After open() only the names of files in `tmp/` change.
class Layout {
 public:
  /// Creates missing folders durably, and empties `tmp/`. Errors: full, internal.
  static Result<Layout> open(const std::filesystem::path& root);

  /// Opens an existing store without a change. Errors: not_found, internal.
  static Result<Layout> look(const std::filesystem::path& root);
  /// Checks that a store with this identifier exists. Errors: unavailable (there is no store).
  static Result<> check_there(const std::filesystem::path& root, const std::string& id);

  const std::filesystem::path& root() const { return root_; }
  const std::string& store_id() const { return store_id_; }
  /// Checks that the volume is mounted. Otherwise nothing may be read or created below the root. Errors: unavailable.
  Result<> check_volume() const { return volume_->check(); }
  /// The path of a key. Errors: invalid (not a key). No other path below the root can be reached.
  Result<std::filesystem::path> path_of(const ObjectKey& key) const;
  /// The path of a directory of keys. Errors: invalid (not one).
  Result<std::filesystem::path> directory_of(std::string_view directory) const;
  /// The existing directories of keys, made durable. Errors: internal.
  Result<std::set<std::filesystem::path>> key_directories() const;
  /// A unique name in `tmp/`.
  std::filesystem::path temporary() const;

 private:
  explicit Layout(std::filesystem::path root) : root_(std::move(root)) {}
  Result<> make_roots() const;
  Result<> sweep() const;
  Result<> identify();
  Result<> read_identity();

  std::filesystem::path root_;
  std::string store_id_;
  std::shared_ptr<Volume> volume_;  // after identify()
};

/// Writes a new file with these bytes; not durable yet. Errors: full, internal.
Result<File> create_file(const std::filesystem::path& path, ByteView bytes);

}  // namespace dmw::store::local
