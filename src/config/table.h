// The settings table: the only definition of all settings.
#pragma once

#include <span>
#include <string_view>

#include "config/setting.h"

namespace dmw::config {

/// Every setting of this version, grouped, in the order of the documentation.
std::span<const Setting> table();

/// `name` in any letter case; null if it is not a setting.
const Setting* find(std::string_view name);

/// Settings of earlier programs that this version does not use: they are ignored, with one warning.
std::span<const std::string_view> later();
bool is_later(std::string_view name);

/// The setting for a name `NAME_FILE`; null for any other name.
const Setting* find_by_file_name(std::string_view name);

/// All valid names in upper case, with NAME_FILE.
std::span<const std::string_view> all_names();

}  // namespace dmw::config
