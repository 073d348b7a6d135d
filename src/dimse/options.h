// The settings of the listener.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "config/callers.h"

namespace dmw::dimse {

struct Options {
  std::string bind = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free port
  std::string ae_title = "DMW";
  config::Callers callers{};
  std::size_t associations = 100;
  std::size_t associations_per_host = 64;
  std::chrono::milliseconds artim{30'000};
  std::chrono::milliseconds idle{60'000};
};

}  // namespace dmw::dimse
