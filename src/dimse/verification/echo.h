// Verification as SCU (PS3.4 Annex A): checks that a peer answers, and what it negotiates.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "dicom/ul/command.h"
#include "dimse/outgoing.h"

namespace dmw::dimse {

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

/// Errors: those of OutgoingAssociation::open(), and unsupported (no Verification).
Result<Echo> echo(const Target& target, const std::string& calling_ae, std::chrono::milliseconds timeout);

}  // namespace dmw::dimse
