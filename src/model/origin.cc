#include "model/origin.h"

#include <algorithm>

#include "base/format.h"

namespace dmw {
namespace {

/// The length of the UTF-8 character at the front; 0 if it is malformed or must not be shown (RFC 3629 §4).
std::size_t shown_character(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const std::size_t length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : 4;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool surrogate = first == 0xed && byte(1) >= 0xa0;
  const bool beyond = first == 0xf4 && byte(1) >= 0x90;
  const bool c1_control = first == 0xc2 && byte(1) < 0xa0;
  return overlong || surrogate || beyond || c1_control ? 0 : length;
}

}  // namespace

std::string shown_name(std::string_view name, std::size_t bytes_max) {
  std::string shown;
  while (!name.empty()) {
    const std::size_t length = shown_character(name);
    if (shown.size() + std::max<std::size_t>(length, 1) > bytes_max) return shown + "?";
    if (length == 0) shown += '?';
    shown += name.substr(0, length);
    name.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return shown;
}

std::string origin_of(const Session& session, std::string_view resource) {
  std::string origin;
  switch (session.kind) {
    case SessionKind::orthanc:
      origin = resource.empty() ? session.peer : format("{} instance {}", session.peer, resource);
      break;
    case SessionKind::folder:
      origin = resource.empty() ? session.peer : std::string(resource);
      break;
    case SessionKind::dimse:
    case SessionKind::stow:
    case SessionKind::replay:
    case SessionKind::person:
    case SessionKind::recovered:
      origin = session.calling_ae.empty() || session.peer.empty() ? session.calling_ae + session.peer
                                                                  : format("{}@{}", session.calling_ae, session.peer);
      break;
  }
  return shown_name(origin);
}

}  // namespace dmw
