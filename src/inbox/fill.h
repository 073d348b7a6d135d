// The limits of how full an inbox may become, as shares of it.
#pragma once

namespace dmw::inbox {

/// From here on nothing is fetched from a source that keeps what it has. Senders are refused much later, so that what
/// modalities send has room for as long as possible.
inline constexpr double pull_fill_max = 0.5;
/// From here on nothing new is let in; instances on their way may still end.
inline constexpr double refuse_fill = 0.9;

}  // namespace dmw::inbox
