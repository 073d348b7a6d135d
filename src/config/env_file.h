// The grammar of `.env`: the part that all common readers share:
//
//   # a comment, or an empty line
//   NAME=value                  the value ends at the line's end or at blank + '#'; blanks around it do not count
//   export NAME='as it stands'  single quotes: nothing is special, up to the next one
//   NAME="one\ttwo"             double quotes: \n \r \t \" \\ \$ are replaced
//
// A value is one line; ${NAME} is not replaced. A name given twice: the last one counts, and a warning says so.
#pragma once

#include <string_view>

#include "config/entry.h"

namespace dmw::config {

/// `file` is the name in messages and places.
Entries parse_env(std::string_view text, std::string_view file);

}  // namespace dmw::config
