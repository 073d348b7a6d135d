// Removes characters that were added to a value on its way. `docker --env-file` and Kubernetes secrets keep quotes,
// blanks and line ends that a shell or our .env parser removes. Editors add line ends and byte order marks. Web pages
// and word processors add non-breaking blanks and typographic quotes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/setting.h"

namespace dmw::config {

/// How a value was given; this decides which characters may have been added.
enum class Carrier {
  plain,    ///< the environment or a flag: not processed before
  notated,  ///< .env or TOML: the quotes of the notation were removed, the rest is intended
  file,     ///< the contents of the file that NAME_FILE names
};

/// Returns the value without added characters. For a secret only line ends at both ends are removed. Quotes and blanks
/// may belong to a secret, so they are refused if doubtful (plain), and kept if written on purpose (notated, file). For
/// every other setting blanks and one pair of quotes around the value are removed, because no valid value has them.
/// Errors: invalid; `what` has words that follow the name of the setting, and never repeats the value.
Result<std::string> without_transport(const Setting& setting, std::string_view text, Carrier carrier);

/// The same for a text that is neither a setting nor a secret: the name of a file with a value, DMW_URL.
Result<std::string> text_without_transport(std::string_view text);

/// Whether the text means "not set", as `NAME=""` in an --env-file of Docker.
bool says_nothing(std::string_view text);

/// A doubt about a secret, in words that follow "the secret"; empty if there is none.
std::string_view doubt_about_secret(std::string_view value, Carrier carrier);

}  // namespace dmw::config
