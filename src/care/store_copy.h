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
  std::uint64_t rotten = 0;  // of the objects: copied, with other bytes than their key says
};

/// For StoreCopy::marks(): what was recorded or published between the two may lie in the copy of the store, and the
/// copy of the catalog does not know it. Nothing: there was no such thing.
std::optional<store::Mark> mark_ahead(const catalog::CatalogStanding& copied, const catalog::CatalogStanding& now);

/// Copies into a folder that a start can use as STORAGE_PATH. One thread.
class StoreCopy {
 public:
  struct Parts {
    store::ObjectStore& store;
    CopiedFolder& into;
    std::filesystem::path below;  // the folder of the copy that becomes the store
    /// An object that cannot be read is left out, and the copy goes on.
    std::function<void(const ObjectKey&, const Error&)> on_unreadable;
    std::function<void(const StoreCopied&)> on_progress;
    /// An object whose data set is not the one that its key names is copied as it is.
    std::function<void(const ObjectKey&)> on_rotten = [](const ObjectKey&) {};
  };

  explicit StoreCopy(const Parts& parts) : parts_(parts) {}

  /// All but the marks. Make it after the copy of the catalog: then it has every object that that one names, but those
  /// that were erased meanwhile, with the manifest that says so. No manifest of the copy lists an object that is in the
  /// store and not in the copy. Errors: those of the folder, and of a store that is away.
  Result<StoreCopied> objects();
  /// The marks come last, so that they know of every manifest that was copied. `ahead`: what the catalog had come to by
  /// now, when that is more than its copy knows: the mark then says it. Errors: as above.
  Result<> marks(const std::optional<store::Mark>& ahead);

 private:
  Result<> copy_directory(const std::string& directory);
  Result<bool> copy(const ObjectKey& key);
  void leave_out(const ObjectKey& key, const Error& why);

  const Parts parts_;
  StoreCopied copied_;
};

/// What is wrong with the objects that a catalog names.
struct NotThere {
  std::uint64_t missing = 0;     ///< the store has not got them
  std::uint64_t unreadable = 0;  ///< they are there, and cannot be opened
  std::uint64_t unnamed = 0;     ///< the digest in their row is none, so that nobody can say
};

/// Looks for the object of each version up to `last_version`; calls `on_missing` for each that the store has not got.
/// What is erased meanwhile is not missing. Errors: those of the catalog.
Result<NotThere> find_missing(db::Database& catalog, store::ObjectStore& store, std::int64_t last_version,
                              const std::function<void(const ObjectKey&)>& on_missing);

}  // namespace dmw::care
