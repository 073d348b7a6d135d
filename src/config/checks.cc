#include "config/checks.h"

#include <sys/un.h>

#include "base/format.h"
#include "config/clusters.h"
#include "config/orthancs.h"
#include "config/syntax.h"
#include "config/text.h"

namespace dmw::config {
namespace {

using Problems = std::vector<std::string>;

constexpr std::size_t kSocketPathMax = sizeof(sockaddr_un::sun_path) - 1;

void check_orthanc(const Orthanc& orthanc, Problems& problems) {
  const auto both = [&](std::string_view missing, std::string_view there) {
    problems.push_back(format("{}: is not set, but {} is; set both or neither", setting_name(orthanc, missing),
                              setting_name(orthanc, there)));
  };
  if (orthanc.username && !orthanc.password) both("password", "username");
  if (orthanc.password && !orthanc.username) both("username", "password");
  if (orthanc.ca_file && orthanc.url && !lower(*orthanc.url).starts_with("https:")) {
    problems.push_back(format("{}: is set, but {} is not https; use https or leave it out",
                              setting_name(orthanc, "ca_file"), setting_name(orthanc, "url")));
  }
}

/// One Orthanc under two names would be fetched twice.
void check_orthancs_apart(const std::vector<const Orthanc*>& orthancs, Problems& problems) {
  for (std::size_t later = 1; later < orthancs.size(); ++later) {
    for (std::size_t n = 0; n < later; ++n) {
      if (lower(orthancs[n]->url.value_or("")) != lower(orthancs[later]->url.value_or(""))) continue;
      problems.push_back(format("{}: is the same as {}: its studies would be fetched twice; take one of the two away",
                                setting_name(*orthancs[later], "url"), setting_name(*orthancs[n], "url")));
    }
  }
}

void check_login(const Kafka& kafka, Problems& problems) {
  const auto name = [&](std::string_view key) { return setting_name(kafka, key); };
  const bool any = kafka.sasl_username || kafka.sasl_password;
  if (!kafka.security_protocol.starts_with("sasl_")) {
    if (any) {
      problems.push_back(format("{}: is {}, but {} or {} is set; allowed then: sasl_plaintext, sasl_ssl",
                                name("security_protocol"), kafka.security_protocol, name("sasl_username"),
                                name("sasl_password")));
    }
    return;
  }
  if (!kafka.sasl_username || !kafka.sasl_password) {
    problems.push_back(format("{}: is not set, but {} is {}, which needs a user and a password",
                              name(kafka.sasl_username ? "sasl_password" : "sasl_username"), name("security_protocol"),
                              kafka.security_protocol));
  }
}

void check_tls(const Kafka& kafka, Problems& problems) {
  const auto name = [&](std::string_view key) { return setting_name(kafka, key); };
  const bool any = kafka.ssl_ca_file || kafka.ssl_certificate_file || kafka.ssl_key_file || kafka.ssl_key_password;
  if (any && !kafka.security_protocol.ends_with("ssl")) {
    problems.push_back(format("{}: is {}, but a {} setting is set; allowed then: ssl, sasl_ssl",
                              name("security_protocol"), kafka.security_protocol, name("ssl_")));
  }
  if (kafka.ssl_certificate_file.has_value() != kafka.ssl_key_file.has_value()) {
    const std::string certificate = name("ssl_certificate_file");
    const std::string key = name("ssl_key_file");
    problems.push_back(format("{}: is not set, but {} is; set both or neither", kafka.ssl_key_file ? certificate : key,
                              kafka.ssl_key_file ? key : certificate));
  }
  if (kafka.ssl_key_password && !kafka.ssl_key_file) {
    problems.push_back(format("{}: is not set, but {} is; name the key or leave it out", name("ssl_key_file"),
                              name("ssl_key_password")));
  }
}

void check_cluster(const Kafka& kafka, Problems& problems) {
  check_login(kafka, problems);
  check_tls(kafka, problems);
  if (kafka.topic == kafka.dlq_topic) {
    problems.push_back(format("{}: is the same as {}; dead letters need another topic",
                              setting_name(kafka, "dlq_topic"), setting_name(kafka, "topic")));
  }
}

/// Two sinks with one topic would publish each event there twice.
void check_topics_apart(const std::vector<const Kafka*>& clusters, Problems& problems) {
  for (std::size_t later = 1; later < clusters.size(); ++later) {
    for (std::size_t n = 0; n < later; ++n) {
      const Kafka& one = *clusters[n];
      const Kafka& other = *clusters[later];
      const bool is_shared = one.topic == other.topic || one.topic == other.dlq_topic || one.dlq_topic == other.topic ||
                             one.dlq_topic == other.dlq_topic;
      if (one.bootstrap_servers != other.bootstrap_servers || !is_shared) continue;
      problems.push_back(
          format("{}: is the same as {}, and both use the same topic: each event would be there twice; give each "
                 "cluster its own topics",
                 setting_name(other, "bootstrap_servers"), setting_name(one, "bootstrap_servers")));
    }
  }
}

}  // namespace

std::vector<std::string> contradictions(Settings& settings) {
  Problems problems;
  check_orthanc(settings.orthanc, problems);
  for (const auto& [name, orthanc] : settings.other_orthancs) check_orthanc(orthanc, problems);
  check_orthancs_apart(orthancs(settings), problems);
  check_cluster(settings.kafka, problems);
  for (const auto& [name, kafka] : settings.other_kafkas) check_cluster(kafka, problems);
  check_topics_apart(clusters(settings), problems);
  if (settings.settle.max < settings.settle.quiet) {
    problems.emplace_back("SETTLE_MAX: is shorter than SETTLE_QUIET; allowed: SETTLE_QUIET or longer");
  }
  Http& http = settings.http;
  if (!is_loopback(http.bind) && !http.allow_anonymous) {
    problems.push_back(
        format("HTTP_BIND: {} accepts other machines without a login; keep 127.0.0.1, or set HTTP_ALLOW_ANONYMOUS=true "
               "if a proxy in front checks the callers",
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
    doubts.push_back(
        format("DIMSE_CALLERS: is not set, but DIMSE_BIND is {}; associations of other machines are refused until it "
               "lists the callers",
               dimse.bind));
  }
  return doubts;
}

}  // namespace dmw::config
