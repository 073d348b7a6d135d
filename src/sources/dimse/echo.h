// Verification as a user (PS3.4 Annex A): does a peer answer, and what does it agree to?
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dicom/ul/command.h"

namespace dmw::sources {

struct EchoTarget {
  std::string ae_title;
  std::string host;
  std::uint16_t port = 0;
};

/// `AE@HOST:PORT`; an IPv6 address stands in brackets. Errors: invalid, in words.
Result<EchoTarget> parse_echo_target(std::string_view text);

struct Echo {
  ul::Status status{};
  std::string transfer_syntax;
  std::string implementation_class;
  std::string implementation_version;
  std::uint32_t pdu_length_max = 0;  // 0: no limit
  std::chrono::duration<double> connecting{};
  std::chrono::duration<double> negotiating{};
  std::chrono::duration<double> answering{};
};

/// Errors: unavailable (nobody answers, or for now not), timeout, unauthorized (rejected), unsupported (no
/// Verification), corrupted (the peer breaks the protocol).
Result<Echo> echo(const EchoTarget& target, const std::string& calling_ae, std::chrono::milliseconds timeout);

}  // namespace dmw::sources
