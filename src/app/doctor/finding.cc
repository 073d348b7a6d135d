#include "app/doctor/finding.h"

#include <algorithm>

#include "base/format.h"

namespace dmw::app::doctor {
namespace {

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return "ok";
    case Verdict::note:
      return "note";
    case Verdict::skip:
      return "skip";
    case Verdict::fail:
      return "FAIL";
  }
  return "FAIL";
}

}  // namespace

Finding ok(std::string words) {
  return {Verdict::ok, std::move(words)};
}

Finding note(std::string words) {
  return {Verdict::note, std::move(words)};
}

Finding skip(std::string words) {
  return {Verdict::skip, std::move(words)};
}

Finding problem(std::string words, std::string fix) {
  return {Verdict::fail, std::move(words), std::move(fix)};
}

std::size_t count(const Findings& findings, Verdict verdict) {
  return static_cast<std::size_t>(std::ranges::count(findings, verdict, &Finding::verdict));
}

std::string text_of(std::string_view part, const Finding& finding, std::size_t part_width) {
  std::string text = format("{:<5} {:<{}} {}\n", name(finding.verdict), part, part_width, finding.words);
  if (!finding.fix.empty()) text += format("{:<{}} fix: {}\n", "", part_width + 6, finding.fix);
  return text;
}

json::object object_of(std::string_view part, const Finding& finding) {
  json::object object = {{"verdict", name(finding.verdict)}, {"part", part}, {"words", finding.words}};
  if (!finding.fix.empty()) object["fix"] = finding.fix;
  return object;
}

std::string summary_of(std::size_t problems, std::size_t notes) {
  return format("{}, {}", counted(problems, "problem"), counted(notes, "note"));
}

}  // namespace dmw::app::doctor
