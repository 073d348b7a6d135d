#include "config/table.h"

#include <algorithm>
#include <array>

#include "config/text.h"
#include "config/values.h"

namespace dmw::config {
namespace {

using S = Settings;

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kDay = 24 * 60 * kMinute;

// The settings that decide to which cluster a login or certificate is sent, so that those of one cluster are never sent
// to another.
constexpr std::string_view kKafkaPeer = "KAFKA_BOOTSTRAP_SERVERS|KAFKA_SECURITY_PROTOCOL|KAFKA_SASL_MECHANISM";

// Technical attributes of a series without their own column. None identifies a person.
constexpr std::string_view kAttributes =
    "Manufacturer,ManufacturerModelName,DeviceSerialNumber,SoftwareVersions,InstitutionName,SeriesDate,SeriesTime,"
    "ProtocolName,Laterality,PatientPosition,FrameOfReferenceUID,ImageType,PhotometricInterpretation,SamplesPerPixel,"
    "BitsStored,PixelRepresentation,PixelSpacing,SliceThickness,SpacingBetweenSlices,ImageOrientationPatient,KVP,"
    "ConvolutionKernel,ContrastBolusAgent,MagneticFieldStrength,ScanningSequence,SequenceVariant,RepetitionTime,"
    "EchoTime,InversionTime,FlipAngle,ViewPosition,BurnedInAnnotation,LossyImageCompression";

// clang-format off
constexpr std::array kTable{
    Setting{.name = "ORTHANC_URL", .group = "Orthanc", .type = Type::url, .fallback = "",
            .about = "URL of the Orthanc whose studies are fetched; not set: none.",
            .assign = into<&S::orthanc, &Orthanc::url>},
    Setting{.name = "ORTHANC_USERNAME", .group = "Orthanc", .type = Type::text, .fallback = "",
            .about = "User for basic authentication, together with `ORTHANC_PASSWORD`.",
            .assign = into<&S::orthanc, &Orthanc::username>, .live = true, .waits_with = "ORTHANC_URL"},
    Setting{.name = "ORTHANC_PASSWORD", .group = "Orthanc", .type = Type::secret, .fallback = "",
            .about = "Password for basic authentication.",
            .assign = into<&S::orthanc, &Orthanc::password>, .file_variant = true, .live = true, .waits_with = "ORTHANC_URL"},
    Setting{.name = "ORTHANC_CA_FILE", .group = "Orthanc", .type = Type::path, .fallback = "",
            .about = "PEM file of the authorities that may sign the certificate of an `https` Orthanc; not set: those of the system.",
            .assign = into<&S::orthanc, &Orthanc::ca_file>, .live = true, .waits_with = "ORTHANC_URL"},
    Setting{.name = "ORTHANC_CONNECTIONS", .group = "Orthanc", .type = Type::integer, .fallback = "16",
            .about = "Connections to Orthanc, and so the number of files that are fetched at the same time.",
            .assign = into<&S::orthanc, &Orthanc::connections>, .min = 1, .max = 64},
    Setting{.name = "ORTHANC_POLL_INTERVAL", .group = "Orthanc", .type = Type::duration, .fallback = "1s",
            .about = "Pause between two reads of Orthanc's change list when nothing is new.",
            .assign = into<&S::orthanc, &Orthanc::poll_interval>, .min = 100, .max = 60 * kMinute},
    Setting{.name = "ORTHANC_REPLACES", .group = "Orthanc", .type = Type::boolean, .fallback = "false",
            .about = "Whether changed bytes that Orthanc serves for a known instance become its current version; otherwise they are kept as a further version, with a flag.",
            .assign = into<&S::orthanc, &Orthanc::replaces>},
    Setting{.name = "ORTHANC_RECONCILE_INTERVAL", .group = "Orthanc", .type = Type::duration, .fallback = "0s",
            .about = "Pause between two full comparisons with Orthanc; `0s`: only at the start, after Orthanc's index was "
                     "replaced, and when this process takes the lead again.",
            .assign = into<&S::orthanc, &Orthanc::reconcile_interval>, .min = 0, .max = 365 * kDay},
    Setting{.name = "ORTHANC_BACKFILL", .group = "Orthanc", .type = Type::backfill, .fallback = "all",
            .about = "Which of Orthanc's existing studies are fetched: `all`; `none`: only studies that it receives after the first start with this setting; `since:2026-01-31`: those that received an instance on that day (UTC) or later. A study that is requested explicitly is always fetched.",
            .assign = into<&S::orthanc, &Orthanc::backfill>},

    Setting{.name = "KAFKA_BOOTSTRAP_SERVERS", .group = "Kafka", .type = Type::servers, .fallback = "",
            .about = "Kafka brokers to connect to first; not set: events stay in the catalog's event log.",
            .assign = into<&S::kafka, &Kafka::bootstrap_servers>},
    Setting{.name = "KAFKA_TOPIC", .group = "Kafka", .type = Type::topic, .fallback = "dicom.metadata.v1",
            .about = "Topic of the study events.",
            .assign = into<&S::kafka, &Kafka::topic>},
    Setting{.name = "KAFKA_DLQ_TOPIC", .group = "Kafka", .type = Type::topic, .fallback = "dicom.metadata.dlq",
            .about = "Topic of the dead letters.",
            .assign = into<&S::kafka, &Kafka::dlq_topic>},
    Setting{.name = "KAFKA_SECURITY_PROTOCOL", .group = "Kafka", .type = Type::choice, .fallback = "plaintext",
            .about = "Protocol for the connections to the brokers.",
            .assign = into<&S::kafka, &Kafka::security_protocol>, .choices = "plaintext|ssl|sasl_plaintext|sasl_ssl"},
    Setting{.name = "KAFKA_SASL_MECHANISM", .group = "Kafka", .type = Type::choice, .fallback = "PLAIN",
            .about = "SASL mechanism with a `sasl_` protocol.",
            .assign = into<&S::kafka, &Kafka::sasl_mechanism>, .choices = "PLAIN|SCRAM-SHA-256|SCRAM-SHA-512"},
    Setting{.name = "KAFKA_SASL_USERNAME", .group = "Kafka", .type = Type::text, .fallback = "",
            .about = "User for a `sasl_` protocol.",
            .assign = into<&S::kafka, &Kafka::sasl_username>, .live = true, .waits_with = kKafkaPeer},
    Setting{.name = "KAFKA_SASL_PASSWORD", .group = "Kafka", .type = Type::secret, .fallback = "",
            .about = "Password for a `sasl_` protocol.",
            .assign = into<&S::kafka, &Kafka::sasl_password>, .file_variant = true, .live = true, .waits_with = kKafkaPeer},
    Setting{.name = "KAFKA_SSL_CA_FILE", .group = "Kafka", .type = Type::path, .fallback = "",
            .about = "PEM file of the authorities that may sign the brokers' certificates; not set: those of the system.",
            .assign = into<&S::kafka, &Kafka::ssl_ca_file>, .live = true, .waits_with = kKafkaPeer},
    Setting{.name = "KAFKA_SSL_CERTIFICATE_FILE", .group = "Kafka", .type = Type::path, .fallback = "",
            .about = "PEM file of our own certificate, for brokers that ask for one.",
            .assign = into<&S::kafka, &Kafka::ssl_certificate_file>, .live = true, .waits_with = kKafkaPeer},
    Setting{.name = "KAFKA_SSL_KEY_FILE", .group = "Kafka", .type = Type::path, .fallback = "",
            .about = "PEM file of the key of our own certificate.",
            .assign = into<&S::kafka, &Kafka::ssl_key_file>, .live = true, .waits_with = kKafkaPeer},
    Setting{.name = "KAFKA_SSL_KEY_PASSWORD", .group = "Kafka", .type = Type::secret, .fallback = "",
            .about = "Password of that key.",
            .assign = into<&S::kafka, &Kafka::ssl_key_password>, .file_variant = true, .live = true, .waits_with = kKafkaPeer},
    Setting{.name = "KAFKA_EXTRA", .group = "Kafka", .type = Type::properties, .fallback = "",
            .about = "Further properties for librdkafka; they override those that the program sets. Refused, because the order of events depends on them: `acks`, `request.required.acks`, `enable.idempotence`, `enable.gapless.guarantee`, `message.timeout.ms`, `delivery.timeout.ms`, "
                     "`partitioner`, `retries`, `message.send.max.retries`, `transactional.id`, `log.queue`.",
            .assign = into<&S::kafka, &Kafka::extra>, .waits_with = kKafkaPeer},
    Setting{.name = "KAFKA_CREATE_TOPICS", .group = "Kafka", .type = Type::boolean, .fallback = "false",
            .about = "Whether missing topics are created at the start.",
            .assign = into<&S::kafka, &Kafka::create_topics>},
    Setting{.name = "KAFKA_PARTITIONS", .group = "Kafka", .type = Type::integer, .fallback = "12",
            .about = "Partitions of a topic that is created. Choose once: another number later breaks the order within a study.",
            .assign = into<&S::kafka, &Kafka::partitions>, .min = 1, .max = 10'000},
    Setting{.name = "KAFKA_REPLICATION", .group = "Kafka", .type = Type::integer, .fallback = "1",
            .about = "Copies of each partition of a topic that is created.",
            .assign = into<&S::kafka, &Kafka::replication>, .min = 1, .max = 32},

    Setting{.name = "DATABASE_URL", .group = "Catalog", .type = Type::database_url, .fallback = "sqlite:///./data/catalog.db",
            .about = "The catalog: SQLite (three slashes: relative to the working directory, four: absolute) or PostgreSQL.",
            .assign = into<&S::catalog, &Catalog::database>, .file_variant = true},
    Setting{.name = "CATALOG_ATTRIBUTES", .group = "Catalog", .type = Type::keywords, .fallback = kAttributes,
            .about = "Attributes of a series' first instance that are kept in the catalog beside those with a column of their own.",
            .assign = into<&S::catalog, &Catalog::attributes>},

    Setting{.name = "STORAGE_BACKEND", .group = "Storage", .type = Type::choice, .fallback = "local",
            .about = "Where instances are stored; this version knows `local` files only.",
            .assign = into<&S::storage, &Storage::backend>, .choices = "local"},
    Setting{.name = "STORAGE_PATH", .group = "Storage", .type = Type::path, .fallback = "./data/storage",
            .about = "Directory of the stored instances.",
            .assign = into<&S::storage, &Storage::path>},
    Setting{.name = "DELETE_GRACE", .group = "Storage", .type = Type::duration, .fallback = "7d",
            .about = "How long the files of an erased study stay in the store.",
            .assign = into<&S::erase, &Erase::grace>, .min = 0, .max = 365 * kDay},

    Setting{.name = "INBOX_PATH", .group = "Intake", .type = Type::path, .fallback = "<STORAGE_PATH>/inbox",
            .about = "Directory of the files that are acknowledged and not yet catalogued; on the file system of `STORAGE_PATH` an instance is moved, not copied.",
            .assign = into<&S::inbox, &Inbox::path>},
    Setting{.name = "INBOX_LIMIT_GIB", .group = "Intake", .type = Type::gibibytes, .fallback = "50",
            .about = "Size of the inbox: fetching from Orthanc stops at 50 %, all other intakes refuse at 90 %.",
            .assign = into<&S::inbox, &Inbox::limit_bytes>, .min = 1, .max = 1'000'000},
    Setting{.name = "DISK_RESERVE_GIB", .group = "Intake", .type = Type::gibibytes, .fallback = "10",
            .about = "Free disk space that the program leaves: below it no file is accepted.",
            .assign = into<&S::inbox, &Inbox::disk_reserve_bytes>, .min = 0, .max = 1'000'000},
    Setting{.name = "HEADER_LIMIT_MIB", .group = "Intake", .type = Type::mebibytes, .fallback = "256",
            .about = "Largest header (everything before the pixels) that is read; an instance with a larger one becomes a dead letter. Memory does not grow with it, except for a deflated data set, which may inflate to an eighth of it (at least 16 MiB).",
            .assign = into<&S::inbox, &Inbox::header_limit_bytes>, .min = 1, .max = 1'024},
    Setting{.name = "SETTLE_QUIET", .group = "Intake", .type = Type::duration, .fallback = "10s",
            .about = "A study is complete, and its event is published, when no image arrived for this time, or earlier when its source reports it as complete.",
            .assign = into<&S::settle, &Settle::quiet>, .min = 0, .max = kDay, .live = true},
    Setting{.name = "SETTLE_MAX", .group = "Intake", .type = Type::duration, .fallback = "10m",
            .about = "A study that keeps receiving images is treated as complete after this time.",
            .assign = into<&S::settle, &Settle::max>, .min = 0, .max = kDay, .live = true},

    Setting{.name = "DIMSE_BIND", .group = "C-STORE", .type = Type::address, .fallback = "127.0.0.1",
            .about = "Address to listen on for associations; if it is not a loopback address, list the allowed callers in `DIMSE_CALLERS`.",
            .assign = into<&S::dimse, &Dimse::bind>},
    Setting{.name = "DIMSE_PORT", .group = "C-STORE", .type = Type::port, .fallback = "11112",
            .about = "Port to listen on; `0`: no associations are accepted.",
            .assign = into<&S::dimse, &Dimse::port>, .min = 0, .max = 65'535},
    Setting{.name = "DIMSE_AE_TITLE", .group = "C-STORE", .type = Type::ae_title, .fallback = "DMW",
            .about = "Our application entity title (called AE title).",
            .assign = into<&S::dimse, &Dimse::ae_title>},
    Setting{.name = "DIMSE_CALLERS", .group = "C-STORE", .type = Type::callers, .fallback = "",
            .about = "Who may call, separated by commas: `CT01` (an AE title from anywhere), `CT01@10.1.2.3`, `CT01@ct.example.org`, `CT01@10.1.0.0/16`, `@10.1.0.0/16` (any AE title from there), `*` (everybody); not set: this machine only.",
            .assign = into<&S::dimse, &Dimse::callers>, .live = true},
    Setting{.name = "DIMSE_ACCEPT_UNKNOWN", .group = "C-STORE", .type = Type::boolean, .fallback = "false",
            .about = "Whether private SOP classes (UIDs outside the Standard) are accepted as well.",
            .assign = into<&S::dimse, &Dimse::accept_unknown>},
    Setting{.name = "DIMSE_ASSOCIATIONS", .group = "C-STORE", .type = Type::integer, .fallback = "100",
            .about = "Most associations at the same time; further ones are refused until one ends.",
            .assign = into<&S::dimse, &Dimse::associations>, .min = 1, .max = 1'000},
    Setting{.name = "DIMSE_ASSOCIATIONS_PER_HOST", .group = "C-STORE", .type = Type::integer, .fallback = "64",
            .about = "Most associations at the same time from one address.",
            .assign = into<&S::dimse, &Dimse::associations_per_host>, .min = 1, .max = 1'000},
    Setting{.name = "DIMSE_ARTIM_TIMEOUT", .group = "C-STORE", .type = Type::duration, .fallback = "30s",
            .about = "How long a connection may take to send its complete association request (the ARTIM timer of PS3.8); after the end the peer has one second to close.",
            .assign = into<&S::dimse, &Dimse::artim_timeout>, .min = kSecond, .max = 10 * kMinute},
    Setting{.name = "DIMSE_IDLE_TIMEOUT", .group = "C-STORE", .type = Type::duration, .fallback = "60s",
            .about = "An association that sends nothing for this time is aborted.",
            .assign = into<&S::dimse, &Dimse::idle_timeout>, .min = kSecond, .max = kDay},

    Setting{.name = "WATCH_PATH", .group = "Folder", .type = Type::path, .fallback = "",
            .about = "A folder, also on a network share, whose files are imported; not set: none.",
            .assign = into<&S::watch, &Watch::path>},
    Setting{.name = "WATCH_KEEP", .group = "Folder", .type = Type::boolean, .fallback = "false",
            .about = "Whether files stay where they are; otherwise they move to `done/` or `failed/` below the folder.",
            .assign = into<&S::watch, &Watch::keep>},
    Setting{.name = "WATCH_INTERVAL", .group = "Folder", .type = Type::duration, .fallback = "5s",
            .about = "Pause between two reads of the folder.",
            .assign = into<&S::watch, &Watch::interval>, .min = 100, .max = kDay},
    Setting{.name = "WATCH_STABLE", .group = "Folder", .type = Type::duration, .fallback = "5s",
            .about = "A file is imported when it has not changed for this time.",
            .assign = into<&S::watch, &Watch::stable>, .min = 0, .max = kDay},

    Setting{.name = "HTTP_BIND", .group = "HTTP", .type = Type::address, .fallback = "127.0.0.1",
            .about = "Address to listen on; any but a loopback address needs `HTTP_ALLOW_ANONYMOUS=true`.",
            .assign = into<&S::http, &Http::bind>},
    Setting{.name = "HTTP_PORT", .group = "HTTP", .type = Type::port, .fallback = "8000",
            .about = "Port to listen on.",
            .assign = into<&S::http, &Http::port>, .min = 1, .max = 65'535},
    Setting{.name = "HTTP_ALLOW_ANONYMOUS", .group = "HTTP", .type = Type::boolean, .fallback = "false",
            .about = "Whether other machines may call without a login; this version has no logins, so put a proxy that checks callers in front.",
            .assign = into<&S::http, &Http::allow_anonymous>},
    Setting{.name = "HTTP_HOSTS", .group = "HTTP", .type = Type::hosts, .fallback = "",
            .about = "Host names and addresses of this program, in addition to loopback and `HTTP_BIND`: `gateway.example.org`, `*.example.org` (every name below it), `10.0.0.5`, `*` (any, so that every web page can call it); requests with other hosts are answered with 421, except `/health`, `/ready` and `/metrics`. Not set: with another `HTTP_BIND` than loopback, every literal address and every name without a dot.",
            .assign = into<&S::http, &Http::hosts>},
    Setting{.name = "METRICS_PORT", .group = "HTTP", .type = Type::port, .fallback = "",
            .about = "A further port for `/metrics` and `/health`; a value `tcp://…`, as Kubernetes injects, is ignored.",
            .assign = into<&S::http, &Http::metrics_port>, .min = 1, .max = 65'535},
    Setting{.name = "INGESTION_WAIT_SECONDS", .group = "HTTP", .type = Type::seconds, .fallback = "0",
            .about = "How long an ingestion request waits until its study is published before the answer is 202; `0`: no wait.",
            .assign = into<&S::http, &Http::ingestion_wait>, .min = 0, .max = 300},
    Setting{.name = "HTTP_UPLOADS", .group = "HTTP", .type = Type::integer, .fallback = "100",
            .about = "Most uploads at the same time (STOW-RS and files); further ones are answered with 503 until one ends.",
            .assign = into<&S::http, &Http::uploads>, .min = 1, .max = 1'000},
    Setting{.name = "CONTROL_SOCKET", .group = "HTTP", .type = Type::path, .fallback = "./data/control.sock",
            .about = "Socket for commands on this machine; only its owner can use it. If it cannot be created, the program runs without it and logs that.",
            .assign = into<&S::http, &Http::control_socket>},

    Setting{.name = "EVENT_PROFILE", .group = "Events", .type = Type::choice, .fallback = "full",
            .about = "Patient identifiers in events: as received, replaced by keyed hashes, or left out.",
            .assign = into<&S::events, &Events::profile>, .choices = "full|pseudonym|ids"},
    Setting{.name = "EVENT_PSEUDONYM_KEY", .group = "Events", .type = Type::secret, .fallback = "",
            .about = "Key of those hashes; another key gives every patient another pseudonym.",
            .assign = into<&S::events, &Events::pseudonym_key>, .min = 16, .file_variant = true, .live = true, .waits_with = "EVENT_PROFILE"},
    Setting{.name = "EVENT_RETENTION_DAYS", .group = "Events", .type = Type::days, .fallback = "90",
            .about = "How long published events stay in the change feed.",
            .assign = into<&S::events, &Events::retention>, .min = 1, .max = 36'500},

    Setting{.name = "LOG_LEVEL", .group = "Log", .type = Type::choice, .fallback = "INFO",
            .about = "Lowest level that is logged.",
            .assign = into<&S::log, &Logging::level>, .choices = "DEBUG|INFO|WARNING|ERROR", .live = true},
    Setting{.name = "LOG_FORMAT", .group = "Log", .type = Type::choice, .fallback = "auto",
            .about = "One readable line or one JSON object each; `auto`: text on a terminal, JSON otherwise.",
            .assign = into<&S::log, &Logging::format>, .choices = "auto|text|json"},
};
// clang-format on

constexpr std::array<std::string_view, 4> kLater{"GCS_BUCKET", "GCS_PROJECT", "GCS_UPLOAD_TIMEOUT_SECONDS",
                                                 "GOOGLE_APPLICATION_CREDENTIALS"};

constexpr std::string_view kFileSuffix = "_FILE";

std::vector<std::string> names_with_files() {
  std::vector<std::string> names;
  for (const Setting& setting : kTable) {
    names.emplace_back(setting.name);
    if (setting.file_variant) names.push_back(std::string(setting.name) + std::string(kFileSuffix));
  }
  return names;
}

}  // namespace

std::span<const Setting> table() {
  return kTable;
}

const Setting* find(std::string_view name) {
  const auto* found = std::ranges::find_if(kTable, [&](const Setting& row) { return same_letters(row.name, name); });
  return found == kTable.end() ? nullptr : found;
}

std::span<const std::string_view> later() {
  return kLater;
}

bool is_later(std::string_view name) {
  return std::ranges::any_of(kLater, [&](std::string_view known) { return same_letters(known, name); });
}

const Setting* find_by_file_name(std::string_view name) {
  if (!upper(name).ends_with(kFileSuffix)) return nullptr;
  const Setting* setting = find(name.substr(0, name.size() - kFileSuffix.size()));
  return setting != nullptr && setting->file_variant ? setting : nullptr;
}

std::span<const std::string_view> all_names() {
  static const std::vector<std::string> owned = names_with_files();
  static const std::vector<std::string_view> views(owned.begin(), owned.end());
  return views;
}

}  // namespace dmw::config
