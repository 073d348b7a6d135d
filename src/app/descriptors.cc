#include "app/descriptors.h"

#include <algorithm>

#include <sys/resource.h>

#include "base/format.h"
#include "config/orthancs.h"
#include "http/server.h"

namespace dmw::app {
namespace {

/// Catalog, inbox, broker, logs, libraries, and the folder with its 8 files at once.
constexpr std::uint64_t of_the_program = 300;
/// The connection, the file that it writes, and the folder that is flushed with it.
constexpr std::uint64_t of_an_association = 3;
/// Beside its connection: the file that it writes, and an archive that it is unpacked from.
constexpr std::uint64_t of_an_upload = 3;
constexpr std::uint64_t of_a_fetch = 3;

}  // namespace

std::string Descriptors::words() const {
  return format(
      "only {} files and connections may be open at once (RLIMIT_NOFILE, at most {}), and DIMSE_ASSOCIATIONS, "
      "HTTP_UPLOADS and the connections of each Orthanc (ORTHANC_CONNECTIONS) may need {}: raise the limit (systemd "
      "LimitNOFILE=, docker --ulimit "
      "nofile=), "
      "or lower these settings",
      allowed, most, needed);
}

std::uint64_t descriptors_needed(const config::Settings& settings) {
  std::uint64_t needed =
      of_the_program + http::ServerOptions().connections_max + http::ServerOptions().control_connections_max;
  if (settings.dimse.port != 0) needed += settings.dimse.associations * of_an_association;
  needed += settings.http.uploads * of_an_upload;
  for (const config::Orthanc* const orthanc : config::orthancs(settings)) needed += orthanc->connections * of_a_fetch;
  return needed;
}

Descriptors look_at_descriptors(std::uint64_t needed) {
  rlimit limit{};
  // A system that does not say has none.
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {needed, UINT64_MAX, UINT64_MAX};
  return {needed, limit.rlim_cur, limit.rlim_max};
}

Descriptors raise_descriptors(std::uint64_t needed) {
  const Descriptors now = look_at_descriptors(needed);
  if (now.enough()) return now;
  const rlimit wanted{std::min<rlim_t>(needed, now.most), now.most};
  ::setrlimit(RLIMIT_NOFILE, &wanted);
  return look_at_descriptors(needed);
}

}  // namespace dmw::app
