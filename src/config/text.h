// Small questions about text that the readers of settings share.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dmw::config {

/// What stands in place of a secret.
inline constexpr std::string_view kMask = "***";

/// ASCII only, whatever the locale.
std::string upper(std::string_view text);
std::string lower(std::string_view text);
bool same_letters(std::string_view a, std::string_view b);

/// The length of the blank, in any script, that `text` begins or ends with; 0: with none. Line ends and byte order
/// marks are blanks, too.
std::size_t blank_at_start(std::string_view text);
std::size_t blank_at_end(std::string_view text);
/// Without the blanks at both ends.
std::string_view trim(std::string_view text);
/// The trimmed pieces between `separator`; empty pieces are kept, an empty text has none.
std::vector<std::string_view> split(std::string_view text, char separator);

/// The candidate with the fewest edits from `name`, when these are few enough to be a slip of the hand; else empty.
std::string_view closest(std::string_view name, std::span<const std::string_view> candidates);

/// One line, at most 80 bytes of printable ASCII: fit to be repeated in a message.
std::string quotable(std::string_view text);

}  // namespace dmw::config
