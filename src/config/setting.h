// Setting: one row of the settings table, with its words for messages and documentation.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/settings.h"

namespace dmw::config {

enum class Type {
  text,
  url,       ///< http or https, no user, no query
  address,   ///< a literal IP address, or localhost
  servers,   ///< `host:port,host:port`
  topic,     ///< a Kafka topic name
  ae_title,  ///< an application entity title (PS3.5 §6.2, AE)
  backfill,  ///< `all`, `none`, `since:2026-01-31`
  hosts,     ///< `gateway,*.example.org,10.0.0.5,*`: host names of the HTTP server
  callers,   ///< `AE@host,@10.0.0.0/8`: who may open an association
  path,
  integer,
  port,
  seconds,   ///< a plain number of seconds
  days,      ///< a plain number of days
  duration,  ///< `500ms`, `10s`, `10m`, `2h`, `1d`
  gibibytes,
  mebibytes,
  boolean,
  choice,
  keywords,    ///< DICOM keywords, separated by commas
  properties,  ///< `a=b,c=d`
  database_url,
  secret,
};

struct Setting {
  std::string_view name;   // upper case
  std::string_view group;  // heading of the documentation
  Type type = Type::text;
  std::string_view fallback;  // the default as text; empty: not set
  std::string_view about;     // one sentence, Markdown
  /// Reads checked text into its member. Errors: invalid, what = "is not …": words that follow the value.
  Result<> (*assign)(const Setting& setting, std::string_view text, Settings& into) = nullptr;
  std::int64_t min = 0;  // numbers: in the setting's unit; duration: milliseconds;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();  // for a secret, min is the minimum length
  std::string_view choices = {};                                // `a|b|c`, in the order of the enumeration
  bool file_variant = false;                                    // NAME_FILE can name a file with the value
  bool live = false;                                            // can change in a running program by a reload
  std::string_view waits_with = {};  // `A|B`: a change waits for a restart while one of these waits
};

/// The allowed values in words: `1..65535`, `full, pseudonym, ids`, …; empty if every value is allowed.
std::string allowed(const Setting& setting);

/// The text with `***` for everything that is secret in it. For print and documentation.
std::string masked(const Setting& setting, std::string_view text);

/// Whether a value may have a secret in it beside what masked() shows.
bool holds_secret(Type type);

/// `NAME: 70000 is not a port; allowed: 1..65535`. Never repeats what could be secret, even by mistake.
std::string complaint(const Setting& setting, std::string_view text, std::string_view problem);

}  // namespace dmw::config
