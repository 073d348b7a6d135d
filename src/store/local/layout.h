// What lies where below the root of a local store: the directories of keys, `tmp/` for files that are not whole yet,
// and `store_id`.
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

/// Any thread; everything but the names of files in `tmp/` stays as it is after open.
class Layout {
 public:
  /// Makes what is missing, durably, and empties `tmp/`. Errors: full, internal.
  static Result<Layout> open(const std::filesystem::path& root);

  /// Of a store that is there; changes nothing. Errors: not_found, internal.
  static Result<Layout> look(const std::filesystem::path& root);
  /// Makes nothing. Errors: unavailable: there is no store at all, where that with this identifier has to be.
  static Result<> check_there(const std::filesystem::path& root, const std::string& id);

  const std::filesystem::path& root() const { return root_; }
  const std::string& store_id() const { return store_id_; }
  /// Where its volume is unmounted while the program runs, nothing may be read below the root, and nothing made.
  /// Errors: unavailable.
  Result<> check_volume() const { return volume_->check(); }
  /// Errors: invalid (not a key, so nothing else below the root can be named by one).
  Result<std::filesystem::path> path_of(const ObjectKey& key) const;
  /// Errors: invalid (no directory that keys lie in).
  Result<std::filesystem::path> directory_of(std::string_view directory) const;
  /// The directories of keys that there are, durably. Errors: internal.
  Result<std::set<std::filesystem::path>> key_directories() const;
  /// A name in `tmp/` that nobody else has.
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

/// A new file with these bytes; not durable yet. Errors: full, internal.
Result<File> create_file(const std::filesystem::path& path, ByteView bytes);

}  // namespace dmw::store::local
