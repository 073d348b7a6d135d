#include "dimse/outgoing.h"

#include <charconv>
#include <utility>

#include "base/format.h"

namespace dmw::dimse {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t ae_title_max = 16;

Error no_connection(const Target& target, Error why) {
  why.what =
      format("no connection to {}:{}: {}. Is the peer running, is this its port, is there a firewall in between?",
             target.host, target.port, why.what);
  return why;
}

Error no_association(const ul::AssociateRequest& request, Error why) {
  if (why.what == ul::describe(ul::rejections::calling_ae))
    why.what = format("the peer does not know our AE title {}: register it there", request.calling_ae);
  else if (why.what == ul::describe(ul::rejections::called_ae))
    why.what = format("the peer does not have the AE title {}: correct it here or there", request.called_ae);
  return why;
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  const std::size_t at = text.rfind('@');
  const std::size_t colon = text.rfind(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || colon < at)
    return fail(Errc::invalid, format("{} is not AE@HOST:PORT", text));
  Target target;
  target.ae_title = text.substr(0, at);
  if (target.ae_title.empty() || target.ae_title.size() > ae_title_max)
    return fail(Errc::invalid, "an AE title must have 1 to 16 characters");
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

OutgoingAssociation::OutgoingAssociation(std::unique_ptr<ul::SocketTransport> transport,
                                         std::chrono::milliseconds timeout)
    : transport_(std::move(transport)), association_(*transport_, {.artim = timeout, .write = timeout}) {}

Result<std::unique_ptr<OutgoingAssociation>> OutgoingAssociation::open(const Target& target,
                                                                       const ul::AssociateRequest& request,
                                                                       std::chrono::milliseconds timeout) {
  Steady::time_point last = Steady::now();
  const auto lap = [&last] {
    const Steady::time_point before = std::exchange(last, Steady::now());
    return std::chrono::duration<double>(last - before);
  };
  auto transport = ul::SocketTransport::connect(target.host, target.port, last + timeout);
  if (!transport) return std::unexpected(no_connection(target, transport.error()));
  std::unique_ptr<OutgoingAssociation> opened(new OutgoingAssociation(*std::move(transport), timeout));
  opened->connecting_ = lap();
  if (const Result<> agreed = opened->association_.request(request); !agreed)
    return std::unexpected(no_association(request, agreed.error()));
  opened->negotiating_ = lap();
  return opened;
}

}  // namespace dmw::dimse
