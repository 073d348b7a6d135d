// Settings as the options of the rooms that do not know settings.
#pragma once

#include "base/result.h"
#include "config/settings.h"
#include "dimse/options.h"
#include "events/bodies.h"
#include "ingest/settle_rules.h"

namespace dmw::app {

inline constexpr const char* dimse_name = "dimse";
/// In INBOX_PATH: the installation that has marked the watched folder.
inline constexpr const char* watch_installation_note = "watch.installation";

/// What only the rooms that take them know of settings that load() finds right. Opens nothing.
/// Errors: invalid, with every problem on a line of its own, as load() tells them.
Result<> check_settings(const config::Settings& settings);

events::Profile event_profile(const config::Settings& settings);
ingest::SettleRules settle_rules(const config::Settle& settle);
dimse::Options dimse_options(const config::Settings& settings);

}  // namespace dmw::app
