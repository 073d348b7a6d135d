#include "config/load.h"

#include <algorithm>
#include <iterator>

#include "base/file.h"
#include "base/format.h"
#include "config/checks.h"
#include "config/settle_exceptions.h"
#include "config/table.h"
#include "config/text.h"
#include "config/transport.h"

namespace dmw::config {
namespace {

constexpr std::size_t kSecretMax = 64 << 10;

struct Chosen {
  std::string text;  // may be secret
  std::string origin;
};

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
    // A value that did not parse would only cause a second complaint about the same thing.
    if (errors.empty()) errors = contradictions(out_.settings);
    if (errors.empty()) std::ranges::move(doubts(out_.settings), std::back_inserter(out_.warnings));
    return {std::move(out_), std::move(errors)};
  }

 private:
  Result<> take(const Setting& setting) {
    const Result<Chosen> found = choose(setting);
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

  Result<Chosen> choose(const Setting& setting) {
    const auto found = gathered_.given.find(setting.name);
    if (found == gathered_.given.end()) return Chosen{fallback(setting), "default"};
    const Given& given = found->second;
    const Result<std::string> text =
        given.is_file ? text_without_transport(given.text) : without_transport(setting, given.text, carrier_of(given));
    if (!text) {
      const std::string name = std::string(setting.name) + (given.is_file ? "_FILE" : "");
      return fail(Errc::invalid, format("{}: the value {} ({})", name, text.error().what, given.place));
    }
    if (trim(*text).empty()) return Chosen{fallback(setting), format("default ({} is empty)", given.place)};
    if (!given.is_file) {
      doubt(setting, *text, carrier_of(given), "the secret");
      return Chosen{*text, given.place};
    }
    Result<std::string> value = read_file(setting, *text);
    if (!value) {
      return fail(Errc::invalid, format("{}_FILE: {} ({})", setting.name, value.error().message(), given.place));
    }
    return Chosen{std::move(*value), format("{}, file {}", given.place, quotable(*text))};
  }

  static Carrier carrier_of(const Given& given) { return given.notated ? Carrier::notated : Carrier::plain; }

  /// The value in the file that NAME_FILE names.
  Result<std::string> read_file(const Setting& setting, const std::string& file) {
    const std::string text = TRY(read_text(file, kSecretMax));
    Result<std::string> value = without_transport(setting, text, Carrier::file);
    if (!value) return fail(Errc::invalid, format("the value in {} {}", quotable(file), value.error().what));
    if (value->empty()) return fail(Errc::invalid, file + " is empty");
    doubt(setting, *value, Carrier::file, "the secret in the file");
    return value;
  }

  void doubt(const Setting& setting, std::string_view value, Carrier carrier, std::string_view secret) {
    if (setting.type != Type::secret) return;
    const std::string_view words = doubt_about_secret(value, carrier);
    const std::string_view ending = carrier == Carrier::file ? "_FILE" : "";
    if (!words.empty()) out_.warnings.push_back(format("{}{}: {} {}", setting.name, ending, secret, words));
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
