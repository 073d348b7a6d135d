// Commands that need no running serve: inspect, read-header.
#include <algorithm>
#include <cstdio>
#include <string>

#include <fcntl.h>

#include "app/commands.h"
#include "app/mapping.h"
#include "base/file.h"
#include "base/format.h"
#include "base/terminal.h"
#include "config/load.h"
#include "dicom/byte_source.h"
#include "dicom/dictionary.h"
#include "dicom/inspect.h"
#include "dicom/read_attributes.h"
#include "ingest/header_process.h"

namespace dmw::app {
namespace {

constexpr std::uint64_t inspect_limit_bytes = 1U << 30U;  // the largest HEADER_LIMIT_MIB

Result<std::string> inspect_one(const std::string& path, bool json) {
  const File file = TRY(File::open(path, O_RDONLY));
  dicom::FileSource source = TRY(dicom::FileSource::of(file));
  return json ? dicom::describe_as_json(source, inspect_limit_bytes) : dicom::describe(source, inspect_limit_bytes);
}

}  // namespace

int report(const Error& error, ExitCode code) {
  std::fprintf(stderr, "dicom-middleware: %s\n", lines_for_terminal(error.message()).c_str());
  return code;
}

Result<config::Loaded> load_settings(const config::Sources& sources) {
  config::Loaded loaded = TRY(config::load(sources));
  TRY(check_settings(loaded.settings));
  return loaded;
}

int inspect_files(const std::vector<std::string>& files, bool json) {
  int code = exit_done;
  for (const std::string& path : files) {
    const Result<std::string> text = inspect_one(path, json);
    if (text) {
      if (!json && files.size() > 1) std::printf("%s\n", for_terminal(path).c_str());
      std::printf("%s%s", text->c_str(), text->ends_with('\n') ? "" : "\n");
      continue;
    }
    const std::string_view advice = dicom::advice(text.error());
    const std::string words = format("{}: {}{}{}", path, text.error().message(), advice.empty() ? "" : "; ", advice);
    std::fprintf(stderr, "%s\n", for_terminal(words).c_str());
    const bool missing = text.error().code == Errc::not_found;
    code = std::max(code, static_cast<int>(missing ? exit_failed : exit_problems));
  }
  return code;
}

int read_header_for_parent(std::int64_t limit_bytes, const std::vector<std::string>& keywords,
                           const std::string& path) {
  ingest::HeaderProcess::limit_this_process();
  const auto read = [&]() -> Result<HeaderReading> {
    const File file = TRY(File::open(path, O_RDONLY | O_NOFOLLOW));
    dicom::FileSource source = TRY(dicom::FileSource::of(file));
    dicom::ReadOptions options;
    options.limit_bytes = static_cast<std::uint64_t>(limit_bytes);
    options.series_tags = TRY(dicom::tags_of(keywords));
    return dicom::read_instance(source, options);
  };
  std::printf("%s", ingest::HeaderProcess::answer(read()).c_str());
  return exit_done;
}

Result<std::string> control_socket(const config::Sources& sources) {
  const config::Loaded loaded = TRY(config::load(sources));
  return loaded.settings.http.control_socket.string();
}

}  // namespace dmw::app
