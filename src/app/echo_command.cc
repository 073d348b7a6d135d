// sources echo: sends a C-ECHO to a peer, as a modality does to us.
#include <cstdio>
#include <string>

#include "app/commands.h"
#include "base/format.h"
#include "base/json.h"
#include "base/terminal.h"
#include "config/load.h"
#include "dicom/ul/sop_classes.h"
#include "dimse/verification/echo.h"

namespace dmw::app {
namespace {

constexpr std::chrono::seconds echo_timeout{10};

double milliseconds(std::chrono::duration<double> time) {
  return time.count() * 1e3;
}

std::string status_text(const dimse::Echo& echo) {
  return format("{:04X}", static_cast<unsigned>(echo.status));
}

void print_text(const std::string& target, const std::string& calling_ae, const dimse::Echo& echo) {
  std::printf("%s answers %s with status %s\n", target.c_str(), calling_ae.c_str(), status_text(echo).c_str());
  const std::string implementation =
      for_terminal(format("{} ({})", echo.implementation_version, echo.implementation_class));
  std::printf("  %-16s %s\n", "implementation", implementation.c_str());
  std::printf("  %-16s %s\n", "transfer syntax", std::string(ul::name_of(echo.transfer_syntax)).c_str());
  std::printf("  %-16s %s\n", "PDU length",
              echo.pdu_length_max == 0 ? "no limit" : format("{}", echo.pdu_length_max).c_str());
  std::printf("  %-16s %.1f ms to connect, %.1f ms to agree, %.1f ms to answer\n", "time",
              milliseconds(echo.connecting), milliseconds(echo.negotiating), milliseconds(echo.answering));
}

json::object object_of(const std::string& target, const std::string& calling_ae, const dimse::Echo& echo) {
  return {{"target", target},
          {"calling_ae", calling_ae},
          {"status", status_text(echo)},
          {"implementation_class_uid", echo.implementation_class},
          {"implementation_version_name", echo.implementation_version},
          {"transfer_syntax_uid", echo.transfer_syntax},
          {"pdu_length_max", echo.pdu_length_max},
          {"connect_ms", milliseconds(echo.connecting)},
          {"negotiate_ms", milliseconds(echo.negotiating)},
          {"answer_ms", milliseconds(echo.answering)}};
}

}  // namespace

int sources_echo(const config::Sources& settings, const std::string& text, bool as_json) {
  const Result<config::Loaded> loaded = config::load(settings);
  if (!loaded) {
    std::fprintf(stderr, "%s\n", loaded.error().what.c_str());
    return exit_usage;
  }
  const Result<dimse::Target> target = dimse::parse_target(text);
  if (!target) return report(target.error(), exit_usage);
  const std::string& calling_ae = loaded->settings.dimse.ae_title;
  const Result<dimse::Echo> echo = dimse::echo(*target, calling_ae, echo_timeout);
  if (!echo) return report(echo.error());
  if (as_json)
    std::printf("%s\n", json::serialize(object_of(text, calling_ae, *echo)).c_str());
  else
    print_text(text, calling_ae, *echo);
  return echo->status == ul::Status::success ? exit_done : exit_problems;
}

}  // namespace dmw::app
