#include "config/load.h"

#include <algorithm>
#include <iterator>

#include "base/format.h"
#include "config/checks.h"
#include "config/choosing.h"
#include "config/sections.h"
#include "config/settle_exceptions.h"
#include "config/table.h"

namespace dmw::config {
namespace {

class Loading {
 public:
  explicit Loading(Gathered gathered) : gathered_(std::move(gathered)) {}

  Draft finish() {
    out_.warnings = std::move(gathered_.warnings);
    std::vector<std::string> errors = std::move(gathered_.errors);
    for (const Setting& setting : table()) {
      if (Result<> done = take(setting); !done) errors.push_back(std::move(done).error().what);
    }
    std::ranges::move(read_settle_exceptions(gathered_.sections, out_.settings.settle, out_.values),
                      std::back_inserter(errors));
    std::ranges::move(read_sections(gathered_.sections, out_), std::back_inserter(errors));
    // A value that did not parse would only cause a second complaint about the same thing.
    if (errors.empty()) errors = contradictions(out_.settings);
    if (errors.empty()) std::ranges::move(doubts(out_.settings), std::back_inserter(out_.warnings));
    return {std::move(out_), std::move(errors)};
  }

 private:
  Result<> take(const Setting& setting) {
    const auto given = gathered_.given.find(setting.name);
    const Result<Chosen> found =
        choose(setting, given == gathered_.given.end() ? nullptr : &given->second, fallback(setting), out_.warnings);
    if (!found) {
      assign_default(setting);
      return std::unexpected(found.error());
    }
    const Chosen& chosen = *found;
    if (Result<> read = setting.assign(setting, chosen.text, out_.settings); !read) {
      assign_default(setting);
      return fail(Errc::invalid, format("{} ({})", complaint(setting, chosen.text, read.error().what), chosen.origin));
    }
    out_.values.push_back(
        {std::string(setting.name), masked(setting, chosen.text), chosen.origin, Private(chosen.text)});
    return {};
  }

  void assign_default(const Setting& setting) {
    const Result<> assigned = setting.assign(setting, fallback(setting), out_.settings);
    ASSERT(assigned);
  }

  /// The default; `<STORAGE_PATH>` in it stands for the value of that setting, which comes before it in the table.
  std::string fallback(const Setting& setting) const {
    constexpr std::string_view variable = "<STORAGE_PATH>";
    if (!setting.fallback.starts_with(variable)) return std::string(setting.fallback);
    return out_.settings.storage.path.string() + std::string(setting.fallback.substr(variable.size()));
  }

  Gathered gathered_;
  Loaded out_;
};

}  // namespace

Draft draft(const Sources& sources) {
  return Loading(gather(sources)).finish();
}

Result<Loaded> load(const Sources& sources) {
  Draft made = draft(sources);
  if (made.errors.empty()) return std::move(made.loaded);
  std::string lines;
  for (const std::string& error : made.errors) lines += (lines.empty() ? "" : "\n") + error;
  return fail(Errc::invalid, std::move(lines));
}

}  // namespace dmw::config
