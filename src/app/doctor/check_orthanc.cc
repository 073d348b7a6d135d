// orthanc: it answers, lets us in, and what its settings mean for us.
#include "app/doctor/checks.h"
#include "app/doctor/orthanc_asked.h"
#include "app/printing.h"
#include "base/format.h"
#include "base/json.h"
#include "base/words.h"

namespace dmw::app::doctor {
namespace {

constexpr std::string_view overwrite_page = "docs/components/orthanc-integration.md#overwrite";

Finding not_asked(const config::Orthanc& orthanc, const Error& error) {
  if (error.code == Errc::unauthorized && error.what.starts_with("the certificate"))
    return problem(format("{}: {}", *orthanc.url, error.message()),
                   "set ORTHANC_CA_FILE to the authority that signed its certificate");
  if (error.code == Errc::unauthorized) {
    return problem(format("{} answers, but refuses our login: {}", *orthanc.url, error.message()),
                   orthanc.username ? "correct ORTHANC_USERNAME and ORTHANC_PASSWORD"
                                    : "set ORTHANC_USERNAME and ORTHANC_PASSWORD, or RemoteAccessAllowed in Orthanc");
  }
  return problem(format("{}: {}", *orthanc.url, error.message()), "start Orthanc, or correct ORTHANC_URL");
}

/// Older versions, 1.10.1 among them, do not tell the setting.
std::optional<Finding> overwriting(const json::object& system, bool replaces) {
  const std::optional<bool> overwrites = json::get_bool(system, "OverwriteInstances");
  if (!overwrites) {
    return note(
        format("this version of Orthanc does not report OverwriteInstances; if it is false (the default), Orthanc "
               "itself drops changed bytes. {}",
               overwrite_page));
  }
  if (!*overwrites)
    return note(format("OverwriteInstances is false: Orthanc itself drops changed bytes. {}", overwrite_page));
  if (!replaces) {
    return note(
        format("OverwriteInstances is true and ORTHANC_REPLACES is not: changed bytes are kept as a further version, "
               "with a flag. {}",
               overwrite_page));
  }
  return std::nullopt;
}

Finding what_is_fetched(std::string_view backfill) {
  if (backfill == "none")
    return note(
        "ORTHANC_BACKFILL is none: of these, only studies that Orthanc received after the first start with this "
        "setting are fetched");
  if (backfill != "all")
    return note(format("ORTHANC_BACKFILL is {}: studies that Orthanc received earlier are not fetched", backfill));
  return note("ORTHANC_BACKFILL is all: each of these that is missing here is fetched");
}

}  // namespace

Findings check_orthanc(const Situation& situation) {
  const config::Orthanc& orthanc = situation.settings.orthanc;
  if (!orthanc.url) return {skip("not configured")};
  http::Client client = orthanc_client(situation.settings);
  const Result<json::object> system = ask_orthanc(client, "/system");
  if (!system) return {not_asked(orthanc, system.error())};
  const std::optional<std::string> version = json::get_string(*system, "Version");
  if (!version) return {not_asked(orthanc, Error{Errc::invalid, "the server that answers there is not Orthanc", {}})};
  const auto began = std::chrono::steady_clock::now();
  const Result<json::object> statistics = ask_orthanc(client, "/statistics");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (!statistics) return {not_asked(orthanc, statistics.error())};
  const std::int64_t studies = json::get_int(*statistics, "CountStudies").value_or(0);
  const std::int64_t instances = json::get_int(*statistics, "CountInstances").value_or(0);
  const std::int64_t mebibytes = json::get_int(*statistics, "TotalDiskSizeMB").value_or(0);
  const std::string size =
      studies == 0
          ? "0 studies"
          : format("{} {}, {} {}, {:.1f} GiB", grouped(studies), studies == 1 ? "study" : "studies", grouped(instances),
                   instances == 1 ? "instance" : "instances", static_cast<double>(mebibytes) / 1'024);
  Findings findings = {
      ok(format("{}, {:.1f} ms, {}; reading its change list, no webhook needed", *version, took.count() * 1e3, size))};
  if (studies > 0) findings.push_back(what_is_fetched(orthanc.backfill));
  if (std::optional<Finding> finding = overwriting(*system, orthanc.replaces)) findings.push_back(std::move(*finding));
  return findings;
}

}  // namespace dmw::app::doctor
