#include "events/kafka/settings.h"

#include <algorithm>
#include <array>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/format.h"

namespace dmw::events::kafka {
namespace {

struct Property {
  std::string_view name;
  const char* value;
};

// An event that librdkafka gives up by itself would let later ones of its key overtake it, or be in the topic all the
// same: so it never does (no message timeout, gapless). A request that gets no answer ends with its connection, and is
// sent again under the same sequence numbers, which brokers know; where each answer takes longer than that, none would
// ever come, so the timeout is the longest that librdkafka takes. It runs from when a request is made, and a broker
// answers those of a connection one after the other: so there is one at a time, for that one has its time to itself,
// while five on their way and five behind them would share it. A host that is gone is noticed by TCP (see open_socket).
// Reconnects are quick, so that a broker that comes back after hours is found within a second.
constexpr std::array<Property, 14> ours = {{
    {"client.id", "dicom-middleware"},
    {"acks", "all"},
    {"enable.idempotence", "true"},
    {"enable.gapless.guarantee", "true"},
    {"message.timeout.ms", "0"},
    {"partitioner", "murmur2_random"},
    {"linger.ms", "0.5"},
    {"socket.nagle.disable", "true"},
    {"socket.keepalive.enable", "true"},
    {"socket.timeout.ms", "300000"},
    {"max.in.flight.requests.per.connection", "1"},
    {"request.timeout.ms", "60000"},
    {"socket.connection.setup.timeout.ms", "5000"},
    {"reconnect.backoff.max.ms", "1000"},
}};

/// The text of KAFKA_EXTRA in config/table.cc names them.
constexpr std::array<std::string_view, 11> needed_for_order = {"acks",
                                                               "request.required.acks",
                                                               "enable.idempotence",
                                                               "enable.gapless.guarantee",
                                                               "message.timeout.ms",
                                                               "delivery.timeout.ms",
                                                               "partitioner",
                                                               "retries",
                                                               "message.send.max.retries",
                                                               "transactional.id",
                                                               "log.queue"};

/// librdkafka may quote the value in its sentence: then only the name is told.
Result<> set(rd_kafka_conf_t* conf, const std::string& name, const char* value, bool secret = false) {
  std::array<char, 512> why{};
  if (rd_kafka_conf_set(conf, name.c_str(), value, why.data(), why.size()) == RD_KAFKA_CONF_OK) return {};
  const bool tell = !secret || *value == '\0' || std::string_view(why.data()).find(value) == std::string_view::npos;
  return fail(Errc::invalid, tell ? format("Kafka property {}: {}", name, why.data())
                                  : format("Kafka property {} has a value that librdkafka refuses", name));
}

Result<> set_if_given(rd_kafka_conf_t* conf, const std::string& name, const std::string& value, bool secret = false) {
  if (!value.empty()) TRY(set(conf, name, value.c_str(), secret));
  return {};
}

/// A socket that notices within half a minute that the other host is gone, while a broker that is only slow, or frozen,
/// keeps its connection (tcp(7): TCP_USER_TIMEOUT, TCP_KEEPIDLE).
int open_socket(int domain, int type, int protocol, void*) {
  const int made = ::socket(domain, type | SOCK_CLOEXEC, protocol);
  if (made < 0) return made;
  const auto set_option = [made](int option, int value) {
    static_cast<void>(::setsockopt(made, IPPROTO_TCP, option, &value, sizeof value));
  };
  set_option(TCP_USER_TIMEOUT, 30'000);
  set_option(TCP_KEEPIDLE, 10);
  set_option(TCP_KEEPINTVL, 5);
  set_option(TCP_KEEPCNT, 4);
  return made;
}

}  // namespace

Result<Conf> settings(const Options& options) {
  Conf conf(rd_kafka_conf_new());
  rd_kafka_conf_set_socket_cb(conf.get(), &open_socket);
  for (const Property& property : ours) TRY(set(conf.get(), std::string(property.name), property.value));
  TRY(set(conf.get(), "bootstrap.servers", options.bootstrap_servers.c_str()));
  TRY(set_if_given(conf.get(), "security.protocol", options.security_protocol));
  if (options.security_protocol.starts_with("sasl")) {
    TRY(set_if_given(conf.get(), "sasl.mechanism", options.sasl_mechanism));
    TRY(set_if_given(conf.get(), "sasl.username", options.sasl_username));
    TRY(set_if_given(conf.get(), "sasl.password", options.sasl_password.reveal(), true));
  }
  TRY(set_if_given(conf.get(), "ssl.ca.location", options.ssl_ca_file));
  TRY(set_if_given(conf.get(), "ssl.certificate.location", options.ssl_certificate_file));
  TRY(set_if_given(conf.get(), "ssl.key.location", options.ssl_key_file));
  TRY(set_if_given(conf.get(), "ssl.key.password", options.ssl_key_password.reveal(), true));
  for (const auto& [name, value] : options.extra) {
    if (std::ranges::find(needed_for_order, name) != needed_for_order.end()) {
      return fail(Errc::invalid, format("{}: {} cannot be changed, the order of events depends on it",
                                        options.setting("extra"), name));
    }
    TRY(set(conf.get(), name, value.reveal().c_str(), true));
  }
  return conf;
}

}  // namespace dmw::events::kafka
