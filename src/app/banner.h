// The banner: what this start is, part by part, and what to do for more.
#pragma once

#include <chrono>
#include <string>

#include "app/gateway.h"
#include "config/settings.h"

namespace dmw::app {

std::string banner(const config::Settings& settings, const Gateway& gateway, std::chrono::duration<double> took);

}  // namespace dmw::app
