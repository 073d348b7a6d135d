// A copy of an inbox while its program runs.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/copied_folder.h"

namespace dmw::inbox {

struct InboxCopied {
  std::uint64_t instances = 0;  // acknowledged and possibly not yet in the catalog
  std::uint64_t bytes = 0;
};

/// Copies an inbox into the folder `below`. The copy has every file that was acknowledged before the call and is not in
/// the catalog yet. The spool is copied first, then inbox.sqlite, which names the files that were processed in between.
/// The `identity` of the copy marks inbox.sqlite as an older copy, so that a start compares it with the spool (ADR
/// 0012). Copy the inbox before the catalog: a file that has left the inbox is then in the copy of the catalog. A
/// missing inbox counts as empty. Errors: those of the disk, of the folder, and of an inbox.sqlite that is damaged.
Result<InboxCopied> copy_inbox(const std::filesystem::path& inbox, CopiedFolder& into,
                               const std::filesystem::path& below);

}  // namespace dmw::inbox
