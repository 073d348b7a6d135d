// Settings: every value that a person may set, typed and checked. The defaults are in config/table.cc; load() fills
// all.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/private.h"
#include "config/callers.h"
#include "config/database_url.h"

namespace dmw::config {

using Path = std::filesystem::path;

/// Properties for librdkafka, in the order given. A value may be a password.
using Properties = std::vector<std::pair<std::string, Private<std::string>>>;

enum class StorageBackend { local };
enum class EventProfile { full, pseudonym, ids };
/// `automatic`: text on a terminal, JSON lines otherwise.
enum class LogFormat { automatic, text, json };

struct Orthanc {
  std::string section;             // NAME of `[orthanc.NAME]`; empty: that of ORTHANC_*
  std::optional<std::string> url;  // without a slash at the end; absent: no Orthanc
  std::optional<std::string> username;
  std::optional<Private<std::string>> password;
  std::optional<Path> ca_file;
  std::uint32_t connections = 0;
  std::chrono::milliseconds poll_interval{};
  bool replaces = false;                           // a changed instance from there replaces its older version
  std::chrono::milliseconds reconcile_interval{};  // 0: at the start only
  std::string backfill;                            // all, none, since:YYYY-MM-DD
};

/// Whether what is written counts as published before a sink has it.
enum class SinkPolicy { required, best_effort };
/// Where a sink begins that the catalog has never had.
enum class SinkBegin { oldest, now };

struct SinkRules {
  SinkPolicy policy = SinkPolicy::required;
  SinkBegin begin = SinkBegin::oldest;
  std::optional<std::chrono::milliseconds> give_up_after;  // present when the policy is `best_effort`
};

/// A Kafka cluster.
struct Kafka {
  std::string section;  // NAME of `[kafka.NAME]`; empty: that of KAFKA_*
  SinkRules rules;
  std::optional<std::string> bootstrap_servers;  // absent: nothing is published there
  std::string topic;
  std::string dlq_topic;
  std::string security_protocol;  // in librdkafka's words, as the next
  std::string sasl_mechanism;
  std::optional<std::string> sasl_username;
  std::optional<Private<std::string>> sasl_password;
  std::optional<Path> ssl_ca_file;
  std::optional<Path> ssl_certificate_file;
  std::optional<Path> ssl_key_file;
  std::optional<Private<std::string>> ssl_key_password;
  Properties extra;
  bool create_topics = false;
  std::uint32_t partitions = 0;
  std::uint32_t replication = 0;
};

struct Storage {
  StorageBackend backend = StorageBackend::local;
  Path path;
};

struct Inbox {
  Path path;
  std::uint64_t limit_bytes = 0;
  std::uint64_t disk_reserve_bytes = 0;
  std::uint64_t header_limit_bytes = 0;
};

/// What differs for one source or one calling AE title.
struct SettleException {
  std::optional<std::chrono::milliseconds> quiet;
  std::optional<std::chrono::milliseconds> max;
};

struct Settle {
  std::chrono::milliseconds quiet{};
  std::chrono::milliseconds max{};
  std::map<std::string, SettleException> by_source;
  std::map<std::string, SettleException> by_ae;
};

/// The C-STORE door (PS3.8).
struct Dimse {
  std::string bind;
  std::uint16_t port = 0;  // 0: the door is closed
  std::string ae_title;
  Callers callers;              // none: this machine only
  bool accept_unknown = false;  // also SOP classes that are not known to be storage
  std::uint32_t associations = 0;
  std::uint32_t associations_per_host = 0;
  std::chrono::milliseconds artim_timeout{};
  std::chrono::milliseconds idle_timeout{};
};

/// The watched folder.
struct Watch {
  std::optional<Path> path;  // absent: no folder is watched
  bool keep = false;         // taken files stay where they are
  std::chrono::milliseconds interval{};
  std::chrono::milliseconds stable{};  // unchanged for so long: written whole
};

struct Erase {
  std::chrono::milliseconds grace{};
};

struct Http {
  std::string bind;
  std::uint16_t port = 0;
  bool allow_anonymous = false;
  std::vector<std::string> hosts;             // lower case, addresses without brackets; none: see HTTP_HOSTS
  std::optional<std::uint16_t> metrics_port;  // absent as well when it equals `port`, which serves the metrics anyway
  Path control_socket;
  std::chrono::seconds ingestion_wait{};
  std::uint32_t uploads = 0;  // at once
};

struct Catalog {
  DatabaseUrl database;
  std::vector<std::string> attributes;  // keywords of PS3.6
};

struct Events {
  EventProfile profile = EventProfile::full;
  std::optional<Private<std::string>> pseudonym_key;  // present when the profile is `pseudonym`
  std::chrono::days retention{};
};

struct Logging {
  log::Level level = log::Level::info;
  LogFormat format = LogFormat::automatic;
};

struct Settings {
  Orthanc orthanc;
  std::map<std::string, Orthanc> other_orthancs;  // by section
  Kafka kafka;
  std::map<std::string, Kafka> other_kafkas;  // by section
  Catalog catalog;
  Storage storage;
  Inbox inbox;
  Settle settle;
  Dimse dimse;
  Watch watch;
  Erase erase;
  Http http;
  Events events;
  Logging log;
};

}  // namespace dmw::config
