// An Orthanc: it answers, lets us in, and what its settings mean for us.
#include "app/doctor/checks.h"
#include "app/doctor/orthanc_asked.h"
#include "app/printing.h"
#include "base/format.h"
#include "base/words.h"
#include "config/orthancs.h"

namespace dmw::app::doctor {
namespace {

constexpr std::string_view overwrite_page = "docs/components/orthanc-integration.md#overwrite";

std::string what_to_do(const config::Orthanc& orthanc, const Error& error) {
  const SettingNames setting = config::setting_names(orthanc);
  if (error.code != Errc::unauthorized) return "start Orthanc, or correct " + setting("url");
  if (error.what.starts_with("the certificate"))
    return format("set {} to the authority that signed its certificate", setting("ca_file"));
  const std::string login = format("{} and {}", setting("username"), setting("password"));
  return orthanc.username ? "correct " + login : format("set {}, or RemoteAccessAllowed in Orthanc", login);
}

Finding not_asked(const config::Orthanc& orthanc, const Error& error) {
  return problem(error.message(), what_to_do(orthanc, error));
}

/// Older versions, 1.10.1 among them, do not tell the setting.
std::optional<Finding> overwriting(const std::optional<bool>& overwrites, const config::Orthanc& orthanc) {
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

std::string words_of(const sources::OrthancSize& size) {
  if (size.studies == 0) return "0 studies";
  return format("{} {}, {} {}, {:.1f} GiB", grouped(size.studies), size.studies == 1 ? "study" : "studies",
                grouped(size.instances), size.instances == 1 ? "instance" : "instances",
                static_cast<double>(size.mebibytes) / 1'024);
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

Findings check_orthanc(const config::Orthanc& orthanc, std::chrono::milliseconds patience) {
  if (!orthanc.url) return {skip("not configured")};
  OrthancAsked asked(orthanc, patience);
  const Result<sources::OrthancSystem> system = asked.system();
  if (!system) return {not_asked(orthanc, system.error())};
  const auto began = std::chrono::steady_clock::now();
  const Result<sources::OrthancSize> size = asked.size();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (!size) return {not_asked(orthanc, size.error())};
  Findings findings = {ok(format("{}, {:.1f} ms, {}; reading its change list, no webhook needed", system->version,
                                 took.count() * 1e3, words_of(*size)))};
  if (size->studies > 0) findings.push_back(what_is_fetched(orthanc));
  if (std::optional<Finding> finding = overwriting(system->overwrites, orthanc))
    findings.push_back(std::move(*finding));
  return findings;
}

}  // namespace dmw::app::doctor
