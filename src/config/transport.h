// What the transport of a value adds to it. `docker --env-file` and the secrets of Kubernetes keep quotes, blanks and
// line ends that a shell or a .env of ours takes away; editors add line ends, those of Windows others, and byte order
// marks; web pages and word processors add blanks that do not break, and quotes of their own.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/setting.h"

namespace dmw::config {

/// How a value came, which decides what may have been added to it.
enum class Carrier {
  plain,    ///< the environment or a flag: nobody has looked at it before us
  notated,  ///< .env or TOML: the quotes of their notation are gone, and what is left was meant
  file,     ///< the contents of the file that NAME_FILE names
};

/// The value itself. Of a secret only line ends at both ends are certain to be added: quotes and blanks may belong to
/// it, so they are refused where they are doubtful (plain), and kept where somebody wrote them on purpose (notated,
/// file). Of every other setting, blanks and one pair of quotes around the whole go as well, since none can have them.
/// Errors: invalid, what = words that follow the name of the setting, and never repeat the value.
Result<std::string> without_transport(const Setting& setting, std::string_view text, Carrier carrier);

/// The same of a text that is neither a setting nor a secret: the name of a file that holds a value, DMW_URL.
Result<std::string> text_without_transport(std::string_view text);

/// As an --env-file of Docker says that something is not set: `NAME=""`.
bool says_nothing(std::string_view text);

/// Doubt about a secret, in words that follow "the secret"; empty when there is none.
std::string_view doubt_about_secret(std::string_view value, Carrier carrier);

}  // namespace dmw::config
