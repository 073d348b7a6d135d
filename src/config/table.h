// The settings table: the one place that says what may be set.
#pragma once

#include <span>
#include <string_view>

#include "config/setting.h"

namespace dmw::config {

/// Every setting of this version, grouped, in the order of the documentation.
std::span<const Setting> table();

/// `name` in any case of letters; null for what is no setting.
const Setting* find(std::string_view name);

/// Names that earlier programs gave a meaning and this version does not use: accepted, ignored, told once.
std::span<const std::string_view> later();
bool is_later(std::string_view name);

/// The setting whose value is in the file that NAME_FILE names; null for any other name.
const Setting* find_by_file_name(std::string_view name);

/// Every name that may be written, upper case, NAME_FILE included.
std::span<const std::string_view> all_names();

}  // namespace dmw::config
