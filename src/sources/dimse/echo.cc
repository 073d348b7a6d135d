#include "sources/dimse/echo.h"

#include <charconv>

#include "base/format.h"
#include "dicom/ul/service_user.h"
#include "dicom/ul/socket_transport.h"
#include "dicom/ul/sop_classes.h"

namespace dmw::sources {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t ae_title_max = 16;

Error no_connection(const EchoTarget& target, Error why) {
  why.what = format("no connection to {}:{}: {}. Does the peer run, is this its port, is there a firewall between?",
                    target.host, target.port, why.what);
  return why;
}

/// In the words of a person who sets up the peer.
Error no_association(const EchoTarget& target, const std::string& calling_ae, Error why) {
  if (why.what == ul::describe(ul::rejections::calling_ae))
    why.what = format("the peer does not know our AE title {}: register it there", calling_ae);
  else if (why.what == ul::describe(ul::rejections::called_ae))
    why.what = format("the peer has not got the AE title {}: correct it here or there", target.ae_title);
  return why;
}

}  // namespace

Result<EchoTarget> parse_echo_target(std::string_view text) {
  const std::size_t at = text.rfind('@');
  const std::size_t colon = text.rfind(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || colon < at)
    return fail(Errc::invalid, format("{} is not AE@HOST:PORT", text));
  EchoTarget target;
  target.ae_title = text.substr(0, at);
  if (target.ae_title.empty() || target.ae_title.size() > ae_title_max)
    return fail(Errc::invalid, "an AE title has 1 to 16 characters");
  std::string_view host = text.substr(at + 1, colon - at - 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return fail(Errc::invalid, format("{} has no host", text));
  target.host = host;
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), target.port);
  if (error != std::errc{} || end != port.data() + port.size() || target.port == 0)
    return fail(Errc::invalid, format("{} is not a port", port));
  return target;
}

Result<Echo> echo(const EchoTarget& target, const std::string& calling_ae, std::chrono::milliseconds timeout) {
  Echo echo;
  Steady::time_point last = Steady::now();
  const auto lap = [&last] {
    const Steady::time_point before = std::exchange(last, Steady::now());
    return std::chrono::duration<double>(last - before);
  };
  const auto transport = ul::SocketTransport::connect(target.host, target.port, Steady::now() + timeout);
  if (!transport) return std::unexpected(no_connection(target, transport.error()));
  echo.connecting = lap();
  ul::Association association(**transport, {.artim = timeout, .write = timeout});
  const std::string syntaxes[] = {std::string(ul::explicit_little_endian), std::string(ul::implicit_little_endian)};
  const ul::AssociateRequest request = TRY(ul::propose(calling_ae, target.ae_title, {}, syntaxes));
  if (const Result<> agreed = association.request(request); !agreed)
    return std::unexpected(no_association(target, calling_ae, agreed.error()));
  echo.negotiating = lap();
  echo.implementation_class = association.peer().implementation_class;
  echo.implementation_version = association.peer().implementation_version;
  echo.pdu_length_max = association.peer().pdu_length_max;
  ul::ServiceUser user(association, timeout);
  const Result<ul::Answer> answer = user.echo();
  echo.answering = lap();
  static_cast<void>(association.release());
  if (!answer) return std::unexpected(answer.error());
  echo.status = answer->status;
  // Verification is all that was proposed.
  echo.transfer_syntax = association.contexts().front().transfer_syntax;
  return echo;
}

}  // namespace dmw::sources
