#include "inbox/inbox_copy.h"

#include <memory>
#include <system_error>

#include "base/crash_point.h"
#include "db/sqlite/copy.h"
#include "db/sqlite/sqlite.h"
#include "inbox/identity.h"
#include "inbox/inbox_database.h"
#include "inbox/spool_directory.h"
#include "inbox/spool_name.h"

namespace dmw::inbox {
namespace {

namespace fs = std::filesystem;

/// Does nothing if the file does not exist (any more).
Result<std::uint64_t> copy_if_there(const fs::path& from, CopiedFolder& into, const fs::path& name, bool& there) {
  const Result<CopiedFolder::File> copied = into.copy(name, from);
  there = copied.has_value();
  if (!copied && copied.error().code == Errc::not_found) return 0;
  if (!copied) return std::unexpected(copied.error());
  TRY(into.list(*copied));
  return copied->size_bytes;
}

/// Copies the spool. A file that disappears meanwhile has been processed.
Result<InboxCopied> copy_spool(const fs::path& spool, CopiedFolder& into, const fs::path& below) {
  InboxCopied copied;
  TRY(into.place(below / "spool" / "0" /
                 "-"));  // create the folder: rows without a spool would look like a volume that is not mounted
  std::error_code untold;
  if (!fs::exists(spool, untold)) return copied;
  for (const SpoolEntry& entry : TRY(entries_of_spool(spool))) {
    if (!entry.is_file || !parse_spool_name(fs::path(entry.name).filename().native())) continue;
    bool there = false;
    copied.bytes += TRY(copy_if_there(spool / entry.name, into, below / "spool" / entry.name, there));
    if (there) ++copied.instances;
  }
  return copied;
}

Result<> copy_database(const fs::path& inbox, CopiedFolder& into, const fs::path& below) {
  std::error_code untold;
  if (!fs::exists(inbox / "inbox.sqlite", untold)) return {};
  const fs::path copy = TRY(into.place(below / "inbox.sqlite"));
  TRY(db::sqlite::copy(inbox / "inbox.sqlite", copy, if_inbox_damaged));
  TRY(into.list(TRY(into.measure(below / "inbox.sqlite"))));
  Identity identity = TRY(identity_in(*TRY(db::sqlite::open_to_look(copy, if_inbox_damaged))));
  ++identity.life;
  TRY(IdentityFile::write(copy.parent_path(), identity));
  return into.list(TRY(into.measure(below / "identity")));
}

Result<> copy_quarantine(const fs::path& quarantine, CopiedFolder& into, const fs::path& below) {
  std::error_code failed;
  if (!fs::exists(quarantine, failed)) return {};
  for (fs::directory_iterator entry(quarantine, failed), end; !failed && entry != end; entry.increment(failed)) {
    bool there = false;
    if (entry->symlink_status(failed).type() == fs::file_type::regular)
      TRY(copy_if_there(entry->path(), into, below / "quarantine" / entry->path().filename(), there));
  }
  if (failed) return fail_errno(failed.value(), "the reading of " + quarantine.string());
  return {};
}

}  // namespace

Result<InboxCopied> copy_inbox(const fs::path& inbox, CopiedFolder& into, const fs::path& below) {
  // Copied first: a file that is noted as taken is in the spool or the catalog already, so the copy has it too.
  for (const char* note : {"watch.taken", "watch.mount", "watch.installation"}) {
    bool there = false;
    TRY(copy_if_there(inbox / note, into, below / note, there));
  }
  const InboxCopied copied = TRY(copy_spool(inbox / "spool", into, below));
  crash_point("backup.after_spool");
  TRY(copy_database(inbox, into, below));
  TRY(copy_quarantine(inbox / "quarantine", into, below));
  return copied;
}

}  // namespace dmw::inbox
