#include "app/banner.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/version.h"
#include "base/format.h"
#include "base/log.h"
#include "config/syntax.h"

namespace dmw::app {
namespace {

std::string line(std::string_view part, std::string_view what, std::string_view more = "") {
  std::string text = format("  {:<10} {:<26}  {}", part, what, more);
  text.erase(text.find_last_not_of(' ') + 1);
  return text + '\n';
}

std::string of_kind(std::string_view kind, std::string_view what) {
  return format("{:<7} {}", kind, what);
}

/// "sqlite  data/catalog.db".
std::string place_of(const PartSummary& summary) {
  return summary.kind.empty() ? summary.what : of_kind(summary.kind, summary.what);
}

std::string of_off(const PartSummary& summary) {
  return format("{}  {}", summary.kind, summary.what);
}

std::vector<PartSummary> summaries_of(const Gateway& gateway) {
  std::vector<PartSummary> summaries;
  for (const Part* const part : gateway.parts().parts()) {
    if (std::optional<PartSummary> summary = part->summary({.http_url = gateway.http_url(), .may_ask_peers = true}))
      summaries.push_back(*std::move(summary));
  }
  return summaries;
}

/// Without what sets the words of a line apart.
std::string with_single_blanks(std::string text) {
  const auto rest = std::ranges::unique(text, [](char a, char b) { return a == ' ' && b == ' '; });
  text.erase(rest.begin(), rest.end());
  return text;
}

bool is_off(const PartSummary& summary) {
  return summary.kind == "off";
}

/// A line for each part; two that are off and follow each other share one.
std::string lines_of(const std::vector<PartSummary>& summaries) {
  std::string text;
  for (std::size_t n = 0; n < summaries.size(); ++n) {
    const PartSummary& summary = summaries[n];
    if (!is_off(summary)) {
      text += line(summary.title, place_of(summary), summary.more);
    } else if (n + 1 < summaries.size() && is_off(summaries[n + 1])) {
      const PartSummary& next = summaries[++n];
      text += line(summary.title, of_off(summary), format("{}  {}", next.title, of_off(next)));
    } else {
      text += line(summary.title, of_off(summary));
    }
  }
  return text;
}

/// On one line with other words.
std::string words_of(const PartSummary& summary) {
  return format("{} {}{}{}", summary.kind, summary.what, summary.more.empty() ? "" : ", ", summary.more);
}

std::string access_line(const config::Settings& settings) {
  const bool for_all = settings.http.allow_anonymous && !config::is_loopback(settings.http.bind);
  const std::string_view who =
      for_all ? "no login, EVERY machine that reaches it: HTTP_ALLOW_ANONYMOUS is true" : "no login, this machine only";
  return line("access", format("{} (docs/operations/security.md)", who));
}

}  // namespace

std::string banner(const config::Settings& settings, const Gateway& gateway, std::chrono::duration<double> took) {
  const std::string url = gateway.http_url();
  std::string text = format("DICOM Middleware {}\n", version());
  text += lines_of(summaries_of(gateway));
  text += access_line(settings);
  text += line("api", url + "docs");
  text += line("start page", url);
  if (!gateway.has_control_socket())
    text +=
        line("commands", "no CONTROL_SOCKET", format("the socket cannot be created: give --url {} to commands", url));
  text +=
      format("ready in {:.1f} s. Ctrl-C stops the program after its current work, a second Ctrl-C stops it at once.\n",
             took.count());
  return text;
}

void log_ready(const Gateway& gateway, std::chrono::duration<double> took) {
  std::map<std::string, std::string> others;
  std::string intakes;
  std::string events;
  for (const Part* const part : gateway.parts().parts()) {
    const std::optional<PartSummary> summary = part->summary({.http_url = gateway.http_url()});
    if (!summary) continue;
    if (part->traits().kind == PartKind::sink)
      events += (events.empty() ? "" : "; ") + words_of(*summary);
    else if (part->traits().kind != PartKind::source)
      others[summary->title] = words_of(*summary);
    else if (!is_off(*summary))
      intakes += format("{}{} {}", intakes.empty() ? "" : ", ", summary->title, with_single_blanks(summary->what));
  }
  log::info("ready",
            format("DICOM Middleware {} is ready in {:.1f} s. Catalog: {}. Store: {}. Events: {}. Intakes: {}",
                   version(), took.count(), others["catalog"], others["store"], events, intakes),
            {{"seconds", took.count()},
             {"port", gateway.http_port()},
             {"version", version()},
             {"catalog", others["catalog"]},
             {"store", others["store"]},
             {"events", events},
             {"intakes", intakes}});
}

}  // namespace dmw::app
