// The findings of `doctor`: one line per finding, as text or as JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace dmw::app::doctor {

/// note: it works, with a remark. skip: not configured. fail: it does not work like this.
enum class Verdict { ok, note, skip, fail };

struct Finding {
  Verdict verdict = Verdict::ok;
  std::string words;  // without a full stop; no secret, no patient data
  std::string fix{};  // for `fail`: the next step
};
using Findings = std::vector<Finding>;

Finding ok(std::string words);
Finding note(std::string words);
Finding skip(std::string words);
Finding problem(std::string words, std::string fix);

std::size_t count(const Findings& findings, Verdict verdict);

inline constexpr std::size_t part_width_least = 9;
/// `ok    catalog   sqlite, writable`, with a line end; the fix is on a separate line. `part_width`: of the column of
/// names.
std::string text_of(std::string_view part, const Finding& finding, std::size_t part_width = part_width_least);
json::object object_of(std::string_view part, const Finding& finding);
/// "1 problem, 2 notes".
std::string summary_of(std::size_t problems, std::size_t notes);

}  // namespace dmw::app::doctor
