// The limits of how full an inbox may become, as shares of it.
#pragma once

namespace dmw::inbox {

/// From this level on nothing is fetched from sources that keep their data. Senders are refused much later, so that
/// modalities can send for as long as possible.
inline constexpr double pull_fill_max = 0.5;
/// From this level on no new instance is accepted; those that are being received may finish.
inline constexpr double refuse_fill = 0.9;

}  // namespace dmw::inbox
