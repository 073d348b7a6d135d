// An Orthanc: it answers, lets us in, and what its settings mean for us.
#include "app/doctor/checks.h"
#include "app/doctor/orthanc_asked.h"
#include "app/printing.h"
#include "base/format.h"
#include "base/json.h"
#include "base/words.h"
#include "config/orthancs.h"

namespace dmw::app::doctor {
namespace {

constexpr std::string_view overwrite_page = "docs/components/orthanc-integration.md#overwrite";

Finding not_asked(const config::Orthanc& orthanc, const Error& error) {
  if (error.code == Errc::unauthorized && error.what.starts_with("the certificate"))
    return problem(
        format("{}: {}", *orthanc.url, error.message()),
        format("set {} to the authority that signed its certificate", config::setting_name(orthanc, "ca_file")));
  if (error.code == Errc::unauthorized) {
    const std::string login =
        format("{} and {}", config::setting_name(orthanc, "username"), config::setting_name(orthanc, "password"));
    return problem(format("{} answers, but refuses our login: {}", *orthanc.url, error.message()),
                   orthanc.username ? "correct " + login : format("set {}, or RemoteAccessAllowed in Orthanc", login));
  }
  return problem(format("{}: {}", *orthanc.url, error.message()),
                 "start Orthanc, or correct " + config::setting_name(orthanc, "url"));
}

/// Older versions, 1.10.1 among them, do not tell the setting.
std::optional<Finding> overwriting(const json::object& system, const config::Orthanc& orthanc) {
  const std::optional<bool> overwrites = json::get_bool(system, "OverwriteInstances");
  if (!overwrites) {
    return note(
        format("this version of Orthanc does not report OverwriteInstances; if it is false (the default), Orthanc "
               "itself drops changed bytes. {}",
               overwrite_page));
  }
  if (!*overwrites)
    return note(format("OverwriteInstances is false: Orthanc itself drops changed bytes. {}", overwrite_page));
  if (!orthanc.replaces) {
    return note(
        format("OverwriteInstances is true and {} is not: changed bytes are kept as a further version, with a flag. {}",
               config::setting_name(orthanc, "replaces"), overwrite_page));
  }
  return std::nullopt;
}

Finding what_is_fetched(const config::Orthanc& orthanc) {
  const auto consequence = [&]() -> std::string_view {
    if (orthanc.backfill == "none")
      return "of these, only studies that Orthanc received after the first start with this setting are fetched";
    if (orthanc.backfill != "all") return "studies that Orthanc received earlier are not fetched";
    return "each of these that is missing here is fetched";
  };
  return note(format("{} is {}: {}", config::setting_name(orthanc, "backfill"), orthanc.backfill, consequence()));
}

}  // namespace

Findings check_orthanc(const config::Orthanc& orthanc) {
  if (!orthanc.url) return {skip("not configured")};
  http::Client client = orthanc_client(orthanc);
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
  if (studies > 0) findings.push_back(what_is_fetched(orthanc));
  if (std::optional<Finding> finding = overwriting(*system, orthanc)) findings.push_back(std::move(*finding));
  return findings;
}

}  // namespace dmw::app::doctor
