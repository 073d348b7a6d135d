#include "sources/orthanc/backfill.h"

#include "base/format.h"
#include "base/log.h"
#include "catalog/cursors.h"

namespace dmw::sources {
namespace {

/// `2026-01-31` and `2026-01-31T12:00:00Z` as Orthanc writes a time.
std::string in_its_form(std::string_view iso) {
  std::string text;
  for (const char c : iso.substr(0, 19)) {
    if (c != '-' && c != ':') text += c;
  }
  return text.size() == 8 ? text + "T000000" : text;
}

Result<std::string> time_there(const Surroundings& rooms, OrthancClient& client) {
  const Result<MicrosUtc> there = client.now();
  if (!there && (there.error().transient() || there.error().code == Errc::cancelled))
    return std::unexpected(there.error());
  // One that does not tell its time is taken to have ours.
  return in_its_form(rfc3339(there ? *there : rooms.clock.now()));
}

}  // namespace

Result<std::string> wanted_since(const OrthancOptions& options, const Surroundings& rooms, OrthancClient& client) {
  const Backfill& wanted = options.backfill;
  constexpr std::string_view names[] = {"all", "none", "since:"};
  const std::string setting = std::string(names[static_cast<std::size_t>(wanted.studies)]) + wanted.date;
  if (const auto kept = TRY(catalog::read_backfill(rooms.catalog, options.name, setting))) return *kept;
  std::string since;
  if (wanted.studies == Backfill::Studies::none) since = TRY(time_there(rooms, client));
  if (wanted.studies == Backfill::Studies::since) since = in_its_form(wanted.date);
  TRY(catalog::write_backfill(rooms.catalog, options.name, setting, since));
  log::info("orthanc_backfill",
            since.empty() ? "all studies of the source are fetched"
                          : format("studies whose last instance arrived there before {} are skipped", since),
            {{"source", options.name}, {"setting", setting}});
  return since;
}

}  // namespace dmw::sources
