// A copy of a store while programs write to it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/copied_folder.h"
#include "catalog/standing.h"
#include "store/mark.h"
#include "store/object_store.h"

namespace dmw::care {

struct StoreCopied {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::uint64_t unreadable = 0;
  std::uint64_t rotten = 0;  // copied objects whose dataset does not match their key
};

/// The mark for StoreCopy::marks() if the catalog went on between the two states: the copy of the store may then have
/// objects that the copy of the catalog does not know. Nothing if it did not.
std::optional<store::Mark> mark_ahead(const catalog::CatalogStanding& copied, const catalog::CatalogStanding& now);

/// Copies into a folder that a start can use as STORAGE_PATH. One thread.
class StoreCopy {
 public:
  struct Parts {
    store::ObjectStore& store;
    CopiedFolder& into;
    std::filesystem::path below;  // the folder of the copy that becomes the store
    /// Called for an object that cannot be read. It is left out, and the copy continues.
    std::function<void(const ObjectKey&, const Error&)> on_unreadable;
    std::function<void(const StoreCopied&)> on_progress;
    /// Called for an object whose dataset does not match its key. It is copied as it is.
    std::function<void(const ObjectKey&)> on_rotten = [](const ObjectKey&) {};
  };

  explicit StoreCopy(const Parts& parts) : parts_(parts) {}

  /// Copies all objects except the marks. Call it after the copy of the catalog: it then has every object that that
  /// copy names, except objects that were erased meanwhile; of these it has the manifest of the erasure. No manifest in
  /// the copy lists an object that the store has and the copy lacks. Errors: those of the folder, and of a store that
  /// cannot be reached.
  Result<StoreCopied> objects();
  /// Copies the marks, last, so that they cover every copied manifest. `ahead`: see mark_ahead(); it replaces the mark
  /// of its epoch. Errors: as above.
  Result<> marks(const std::optional<store::Mark>& ahead);

 private:
  Result<> copy_directory(const std::string& directory);
  Result<bool> copy(const ObjectKey& key);
  void leave_out(const ObjectKey& key, const Error& why);

  const Parts parts_;
  StoreCopied copied_;
};

/// Faults of the objects that a catalog names.
struct NotThere {
  std::uint64_t missing = 0;     ///< not in the store
  std::uint64_t unreadable = 0;  ///< in the store, and cannot be opened
  std::uint64_t unnamed = 0;     ///< their row has no digest, so their key is unknown
};

/// Checks the object of each version up to `last_version`; calls `on_missing` for each that is missing in the store.
/// Objects that are erased in the meantime do not count as missing. Errors: those of the catalog.
Result<NotThere> find_missing(db::Database& catalog, store::ObjectStore& store, std::int64_t last_version,
                              const std::function<void(const ObjectKey&)>& on_missing);

}  // namespace dmw::care
