// Text functions for the readers of settings.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dmw::config {

/// The text that replaces a secret.
inline constexpr std::string_view kMask = "***";

/// Converts ASCII letters only, independent of the locale.
std::string upper(std::string_view text);
std::string lower(std::string_view text);
bool same_letters(std::string_view a, std::string_view b);

/// The length of the blank of any script at the start of `text`; 0 if there is none. Line ends and byte order marks
/// count as blanks.
std::size_t blank_at_start(std::string_view text);
std::size_t blank_at_end(std::string_view text);
/// `text` without blanks at both ends.
std::string_view trim(std::string_view text);
/// The trimmed pieces between `separator`; empty pieces are kept, an empty text has none.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The candidate with the fewest edits from `name`, if they are few enough for a typing error; otherwise empty.
std::string_view closest(std::string_view name, std::span<const std::string_view> candidates);

/// One line of at most 80 bytes of printable ASCII, safe to repeat in a message.
std::string quotable(std::string_view text);

}  // namespace dmw::config
