#include "config/checks.h"

#include <sys/un.h>

#include "base/format.h"
#include "config/syntax.h"
#include "config/text.h"

namespace dmw::config {
namespace {

using Problems = std::vector<std::string>;

constexpr std::size_t kSocketPathMax = sizeof(sockaddr_un::sun_path) - 1;

void check_orthanc(const Orthanc& orthanc, Problems& problems) {
  if (orthanc.username && !orthanc.password) {
    problems.emplace_back("ORTHANC_PASSWORD: is not set, but ORTHANC_USERNAME is; set both or neither");
  }
  if (orthanc.password && !orthanc.username) {
    problems.emplace_back("ORTHANC_USERNAME: is not set, but ORTHANC_PASSWORD is; set both or neither");
  }
  if (orthanc.ca_file && orthanc.url && !lower(*orthanc.url).starts_with("https:")) {
    problems.emplace_back("ORTHANC_CA_FILE: is set, but ORTHANC_URL is not https; use https or leave it out");
  }
}

void check_kafka_login(const Kafka& kafka, Problems& problems) {
  const bool any = kafka.sasl_username || kafka.sasl_password;
  if (!kafka.security_protocol.starts_with("sasl_")) {
    if (any) {
      problems.push_back(
          format("KAFKA_SECURITY_PROTOCOL: is {}, but KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD is set; "
                 "allowed then: sasl_plaintext, sasl_ssl",
                 kafka.security_protocol));
    }
    return;
  }
  if (!kafka.sasl_username || !kafka.sasl_password) {
    problems.push_back(format("{}: is not set, but KAFKA_SECURITY_PROTOCOL is {}, which needs a user and a password",
                              kafka.sasl_username ? "KAFKA_SASL_PASSWORD" : "KAFKA_SASL_USERNAME",
                              kafka.security_protocol));
  }
}

void check_kafka_tls(const Kafka& kafka, Problems& problems) {
  const bool any = kafka.ssl_ca_file || kafka.ssl_certificate_file || kafka.ssl_key_file || kafka.ssl_key_password;
  if (any && !kafka.security_protocol.ends_with("ssl")) {
    problems.push_back(
        format("KAFKA_SECURITY_PROTOCOL: is {}, but a KAFKA_SSL_ setting is set; allowed then: ssl, sasl_ssl",
               kafka.security_protocol));
  }
  if (kafka.ssl_certificate_file.has_value() != kafka.ssl_key_file.has_value()) {
    problems.push_back(format("{}: is not set, but {} is; set both or neither",
                              kafka.ssl_key_file ? "KAFKA_SSL_CERTIFICATE_FILE" : "KAFKA_SSL_KEY_FILE",
                              kafka.ssl_key_file ? "KAFKA_SSL_KEY_FILE" : "KAFKA_SSL_CERTIFICATE_FILE"));
  }
  if (kafka.ssl_key_password && !kafka.ssl_key_file) {
    problems.emplace_back(
        "KAFKA_SSL_KEY_FILE: is not set, but KAFKA_SSL_KEY_PASSWORD is; name the key or leave it out");
  }
}

}  // namespace

std::vector<std::string> contradictions(Settings& settings) {
  Problems problems;
  check_orthanc(settings.orthanc, problems);
  check_kafka_login(settings.kafka, problems);
  check_kafka_tls(settings.kafka, problems);
  if (settings.kafka.topic == settings.kafka.dlq_topic) {
    problems.emplace_back("KAFKA_DLQ_TOPIC: is the same as KAFKA_TOPIC; give dead letters a topic of their own");
  }
  if (settings.settle.max < settings.settle.quiet) {
    problems.emplace_back("SETTLE_MAX: is shorter than SETTLE_QUIET; allowed: SETTLE_QUIET or longer");
  }
  Http& http = settings.http;
  if (!is_loopback(http.bind) && !http.allow_anonymous) {
    problems.push_back(
        format("HTTP_BIND: {} lets other machines in without a login; keep 127.0.0.1, or set HTTP_ALLOW_ANONYMOUS=true "
               "when something in front checks the callers",
               http.bind));
  }
  if (http.metrics_port == http.port) http.metrics_port.reset();
  if (http.control_socket.native().size() > kSocketPathMax) {
    problems.push_back(
        format("CONTROL_SOCKET: is longer than the system allows; allowed: at most {} bytes", kSocketPathMax));
  }
  if (settings.events.profile == EventProfile::pseudonym && !settings.events.pseudonym_key) {
    problems.emplace_back(
        "EVENT_PSEUDONYM_KEY: is not set, but EVENT_PROFILE is pseudonym; set it or EVENT_PSEUDONYM_KEY_FILE");
  }
  return problems;
}

std::vector<std::string> doubts(const Settings& settings) {
  Problems doubts;
  const Dimse& dimse = settings.dimse;
  if (dimse.port != 0 && !is_loopback(dimse.bind) && dimse.callers.rules.empty()) {
    doubts.push_back(format(
        "DIMSE_CALLERS: is not set, but DIMSE_BIND is {}; the associations of other machines are refused until it "
        "says who may call",
        dimse.bind));
  }
  return doubts;
}

}  // namespace dmw::config
