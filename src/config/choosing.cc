#include "config/choosing.h"

#include "base/file.h"
#include "base/format.h"
#include "config/text.h"
#include "config/transport.h"

namespace dmw::config {
namespace {

constexpr std::size_t kSecretMax = 64 << 10;

Carrier carrier_of(const Given& given) {
  return given.notated ? Carrier::notated : Carrier::plain;
}

void doubt(const Setting& setting, std::string_view value, Carrier carrier, std::vector<std::string>& warnings) {
  if (setting.type != Type::secret) return;
  const std::string_view words = doubt_about_secret(value, carrier);
  if (words.empty()) return;
  const bool in_file = carrier == Carrier::file;
  warnings.push_back(format("{}: {} {}", in_file ? file_variant_of(setting) : std::string(setting.name),
                            in_file ? "the secret in the file" : "the secret", words));
}

/// The value in the file that NAME_FILE names.
Result<std::string> value_in(const std::string& file, const Setting& setting, std::vector<std::string>& warnings) {
  const std::string text = TRY(read_text(file, kSecretMax));
  Result<std::string> value = without_transport(setting, text, Carrier::file);
  if (!value) return fail(Errc::invalid, format("the value in {} {}", quotable(file), value.error().what));
  if (value->empty()) return fail(Errc::invalid, file + " is empty");
  doubt(setting, *value, Carrier::file, warnings);
  return value;
}

}  // namespace

std::string file_variant_of(const Setting& setting) {
  const bool in_capitals = upper(setting.name) == setting.name;
  return std::string(setting.name) + (in_capitals ? "_FILE" : "_file");
}

Result<Chosen> choose(const Setting& setting, const Given* given, std::string fallback,
                      std::vector<std::string>& warnings) {
  if (given == nullptr) return Chosen{std::move(fallback), "default"};
  const Result<std::string> text = given->is_file ? text_without_transport(given->text)
                                                  : without_transport(setting, given->text, carrier_of(*given));
  const std::string name = given->is_file ? file_variant_of(setting) : std::string(setting.name);
  if (!text) return fail(Errc::invalid, format("{}: the value {} ({})", name, text.error().what, given->place));
  if (trim(*text).empty()) return Chosen{std::move(fallback), format("default ({} is empty)", given->place)};
  if (!given->is_file) {
    doubt(setting, *text, carrier_of(*given), warnings);
    return Chosen{*text, given->place};
  }
  Result<std::string> value = value_in(*text, setting, warnings);
  if (!value) return fail(Errc::invalid, format("{}: {} ({})", name, value.error().message(), given->place));
  return Chosen{std::move(*value), format("{}, file {}", given->place, quotable(*text))};
}

}  // namespace dmw::config
