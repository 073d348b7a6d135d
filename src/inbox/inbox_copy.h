// A copy of an inbox while its program runs.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/copied_folder.h"

namespace dmw::inbox {

struct InboxCopied {
  std::uint64_t instances = 0;  // acknowledged, and not known to be recorded
  std::uint64_t bytes = 0;
};

/// Everything that was acknowledged before the call and is not recorded yet lies in the copy, below the folder `below`:
/// the spool first, and inbox.sqlite after it, which names what was recorded meanwhile. The `identity` of the copy says
/// that inbox.sqlite is an older copy, so that a start holds the two against each other (ADR 0012). Make it before the
/// copy of the catalog: what leaves the inbox is in the catalog then. An inbox that is not there has nothing in it.
/// Errors: those of the disk, of the folder, and of an inbox.sqlite that is damaged.
Result<InboxCopied> copy_inbox(const std::filesystem::path& inbox, CopiedFolder& into,
                               const std::filesystem::path& below);

}  // namespace dmw::inbox
