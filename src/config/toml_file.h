// `dicom-middleware.toml`: settings as lower case keys at the top level, `http_port = 8000`, and the sections
// `[settle.source.NAME]` and `[settle.ae.TITLE]`.
#pragma once

#include <string_view>

#include "config/entry.h"

namespace dmw::config {

/// Text, whole numbers, booleans and lists of these (joined by commas). `file` is the name in messages and places.
Entries parse_toml(std::string_view text, std::string_view file);

}  // namespace dmw::config
