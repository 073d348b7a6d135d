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

constexpr std::size_t title_width_least = 10;

std::string line(std::size_t width, std::string_view title, std::string_view what, std::string_view more) {
  std::string text = format("  {:<{}} {:<26}  {}", title, width, what, more);
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

/// That of a further Kafka cluster has its name in it.
std::size_t title_width(const std::vector<PartSummary>& lines) {
  std::size_t width = title_width_least;
  for (const PartSummary& one : lines) width = std::max(width, one.title.size());
  return width;
}

/// On one line with other words.
std::string words_of(const PartSummary& summary) {
  return format("{} {}{}{}", summary.kind, summary.what, summary.more.empty() ? "" : ", ", summary.more);
}

PartSummary access_of(const config::Settings& settings) {
  const bool for_all = settings.http.allow_anonymous && !config::is_loopback(settings.http.bind);
  const std::string_view who =
      for_all ? "no login, EVERY machine that reaches it: HTTP_ALLOW_ANONYMOUS is true" : "no login, this machine only";
  return {.title = "access", .what = format("{} (docs/operations/security.md)", who)};
}

}  // namespace

std::string banner(const config::Settings& settings, const Gateway& gateway, std::chrono::duration<double> took) {
  const std::string url = gateway.http_url();
  std::vector<PartSummary> lines = summaries_of(gateway);
  lines.push_back(access_of(settings));
  lines.push_back({.title = "api", .what = url + "docs"});
  lines.push_back({.title = "start page", .what = url});
  if (!gateway.has_control_socket())
    lines.push_back({.title = "commands",
                     .what = "no CONTROL_SOCKET",
                     .more = format("the socket cannot be created: give --url {} to commands", url)});
  return format(
      "DICOM Middleware {}\n{}ready in {:.1f} s. Ctrl-C stops the program after its current work, a second Ctrl-C "
      "stops "
      "it at once.\n",
      version(), in_columns(lines), took.count());
}

std::string in_columns(const std::vector<PartSummary>& lines) {
  const std::size_t width = title_width(lines);
  std::string text;
  for (std::size_t n = 0; n < lines.size(); ++n) {
    const PartSummary& one = lines[n];
    if (!is_off(one)) {
      text += line(width, one.title, place_of(one), one.more);
    } else if (n + 1 < lines.size() && is_off(lines[n + 1])) {
      const PartSummary& next = lines[++n];
      text += line(width, one.title, of_off(one), format("{}  {}", next.title, of_off(next)));
    } else {
      text += line(width, one.title, of_off(one), "");
    }
  }
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
