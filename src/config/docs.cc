#include "config/docs.h"

#include "base/format.h"
#include "config/clusters.h"
#include "config/sources.h"
#include "config/table.h"

namespace dmw::config {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

<!-- Written by `dicom-middleware config docs` from the settings table. Change src/config/table.cc, not this file. -->

With nothing set the program keeps a SQLite catalog and files in `./data`, listens on this machine only, and neither
reads an Orthanc nor publishes to Kafka. `ORTHANC_URL` and `KAFKA_BOOTSTRAP_SERVERS` turn each on.

## Where values come from

The first place that names a setting wins:

1. `--set NAME=VALUE` on the command line;
2. the environment, in any case of letters;
3. `.env` in the working directory;
4. `dicom-middleware.toml` in the working directory, with the names in lower case as keys at the top level;
5. the default.

An empty value is the same as the default. A secret can be in a file instead: `NAME_FILE` names the file; `NAME` and
`NAME_FILE` in the same place are refused. Relative paths start at the working directory.

Some ways by which a value comes here add characters to it: `docker --env-file` and Kubernetes keep quotes, blanks and line ends,
editors add line ends and byte order marks, web pages and word processors blanks that do not break and quotes of their own.
Such characters are taken away again:
line ends at both ends go from every value. Of everything but secrets, blanks of every kind and one pair of quotes around the
whole go as well; a quote at one end only is refused, and so is a line break inside. Quotes and blanks at the ends of a secret
may belong to it: in the environment and in `--set` they are refused, with the name of the setting; inside the quotes of
`.env` and of the file, and in the file that `NAME_FILE` names, they are part of the secret, and of the latter a warning
tells. A quote at one end of a secret is part of it, and a warning tells. A file that is not UTF-8 is refused as a whole.

A wrong value stops the start with one sentence each: variable, problem, allowed values. A name that is no setting is
refused on the command line, in `.env` and in the file; in the environment it is told as a warning when it looks like
one of ours. What Kubernetes injects for its services (`NAME_SERVICE_HOST`, `NAME_PORT=tcp://…`) is ignored.

```sh
dicom-middleware config check          # is everything right?
dicom-middleware config print          # each value and where it came from; secrets are shown as ***
dicom-middleware config print --json
```

A `.env` is lines of `NAME=value`, with `export` in front if you like. `#` begins a comment at the start of a line or
after a blank. `'…'` is taken as it stands; in `"…"` the sequences `\n \r \t \" \\ \$` are replaced. A value is one line,
`${NAME}` is not replaced, and of two lines with one name the last counts.

```sh
# .env
ORTHANC_URL=http://127.0.0.1:8042
KAFKA_BOOTSTRAP_SERVERS=localhost:9092
SETTLE_QUIET=5s
```

```toml
# dicom-middleware.toml
orthanc_url = "http://127.0.0.1:8042"
http_port = 8000
catalog_attributes = ["Manufacturer", "ProtocolName"]

[orthanc.site-b]
url = "http://10.2.0.5:8042"
username = "gateway"
password_file = "/run/secrets/site-b"

[kafka.archive]
bootstrap_servers = "archive:9092"
policy = "best_effort"

[settle.source.stow]
quiet = "2s"

[settle.ae.CT01]
quiet = "60s"
max = "20m"
```

A section `orthanc.NAME` is a further Orthanc, see [below](#further-orthancs), and a section `kafka.NAME` a further Kafka cluster, see
[below](#further-kafka-clusters). The sections `settle.source.NAME` and `settle.ae.TITLE` say `SETTLE_QUIET` and `SETTLE_MAX` for one
source or one calling AE title. See [settling](settling.md).

## Without a restart

```sh
dicom-middleware reload                # the serve of this folder reads all settings again, and says what it took
dicom-middleware config print --running
dicom-middleware doctor                # says where the settings of this shell are others than those of serve
```

`reload` finds the program by `CONTROL_SOCKET`, whatever else runs on the machine; SIGHUP does the same and tells the log.
Of a running program the environment and the command line stay as they were: only `.env`, `dicom-middleware.toml` and the
files that `NAME_FILE` names are new. The tables below say what becomes of another value:

- `taken`: it is in force at once. Passwords, keys, certificates and `DIMSE_CALLERS` are among these, so that none of them
  needs a restart. Connections and associations that are open go on; new ones use it. A file of certificates or a key is
  read again even where only its content is new. `settle` sections are taken as well.
- `secrets`: another password in it is taken, any other change waits for a restart.
- `restart`: the program goes on with the value of its start, and each `reload` names the setting until a restart.

The login of Orthanc waits when `ORTHANC_URL` waits, that of Kafka when `KAFKA_BOOTSTRAP_SERVERS`, `KAFKA_SECURITY_PROTOCOL`
or `KAFKA_SASL_MECHANISM` waits, and `EVENT_PSEUDONYM_KEY` when `EVENT_PROFILE` does. When any value is wrong, nothing changes.

| exit code of `reload` | meaning |
|---|---|
| 0 | everything that the files say is in force |
| 1 | no `serve` answers at `CONTROL_SOCKET` |
| 2 | a setting is wrong: nothing was changed |
| 3 | something waits for a restart; what could be taken is in force |
)";

constexpr std::string_view kSections = R"(
## Further Orthancs

Beside the Orthanc of `ORTHANC_URL`, which is called `orthanc`, studies are fetched from each Orthanc that has a section
`[orthanc.NAME]` in `dicom-middleware.toml`: see [several Orthancs](../components/orthanc-integration.md#several-orthancs). NAME is 1 to
32 of a-z, 0-9, `-` and `_`; as a source it is called `orthanc.NAME`. The keys of a section are the names of the settings for Orthanc
without `ORTHANC_`, in lower case (`url`, `username`, `password`, `password_file`, `connections`, `backfill` …); `url` is needed. A key that
is left out has the default of that setting, whatever its value is for the first Orthanc. At `reload` the login of each Orthanc is taken
as that of the first one; a section that came or went waits for a restart.

## Further Kafka clusters

Beside the cluster of `KAFKA_BOOTSTRAP_SERVERS`, which is called `kafka`, events go to each cluster that has a section
`[kafka.NAME]` in `dicom-middleware.toml`: see [events](../components/messaging.md#several-clusters). NAME is 1 to 32 of a-z, 0-9, `-`
and `_`. The keys of a section are the names of the settings for Kafka without `KAFKA_`, in lower case (`bootstrap_servers`, `topic`,
`sasl_password`, `sasl_password_file` …). A key that is left out has the default of that setting, whatever its value is for the first
cluster. At `reload` the secrets of each cluster are taken as those of the first one; a section that came or went waits for a restart.
Only sections have these keys:

| key | default | allowed | at reload | meaning |
|---|---|---|---|---|
)";

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

/// A long list with blanks, at which a narrow column can break the line.
std::string breakable(std::string_view list) {
  std::string out;
  for (const char c : list) out.append(1, c).append(c == ',' ? " " : "");
  return out;
}

std::string_view noun(Type type) {
  switch (type) {
    case Type::path:
      return "a path";
    case Type::text:
      return "text";
    case Type::secret:
      return "a secret";
    default:
      return "";
  }
}

std::string_view at_reload(const Setting& setting) {
  if (setting.live) return "taken";
  return holds_secret(setting.type) ? "secrets" : "restart";
}

std::string row(const Setting& setting) {
  const std::string values = allowed(setting);
  std::string form(noun(setting.type));
  if (!form.empty() && !values.empty()) form += ", ";
  form += values;
  std::string name = format("`{}`", setting.name);
  if (setting.file_variant) name += format("<br>`{}_FILE`", setting.name);
  const std::string fallback = setting.fallback.empty() ? "not set" : format("`{}`", cell(breakable(setting.fallback)));
  return format("| {} | {} | {} | {} | {} |\n", name, fallback, cell(form), at_reload(setting), cell(setting.about));
}

}  // namespace

std::string docs_markdown() {
  std::string out(kIntroduction);
  std::string_view group;
  for (const Setting& setting : table()) {
    if (setting.group != group) {
      group = setting.group;
      out +=
          format("\n## {}\n\n| variable | default | allowed | at reload | meaning |\n|---|---|---|---|---|\n", group);
    }
    out += row(setting);
  }
  out += kSections;
  for (const Setting& setting : cluster_sections.own_rows) out += row(setting);
  out +=
      "\n## Known, not used by this version\n\nA `.env` of the earlier proof of concept may hold these; they are "
      "ignored with one warning:";
  std::string_view separator = " ";
  for (const std::string_view name : later()) {
    out += format("{}`{}`", separator, name);
    separator = ", ";
  }
  return out + ".\n";
}

}  // namespace dmw::config
