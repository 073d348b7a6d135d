// import PATH…: sends what is in files, folders and archives to the running serve; where none runs on this machine,
// opens the gateway itself for as long as it takes, with no door open but its control socket.
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <thread>

#include "app/commands.h"
#include "app/gateway.h"
#include "app/import_files.h"
#include "app/import_senders.h"
#include "app/import_tally.h"
#include "base/format.h"
#include "base/log.h"
#include "config/load.h"

namespace dmw::app {
namespace {

int exit_code_of(const ImportCounts& counts) {
  return counts.set_aside + counts.failed > 0 ? exit_problems : exit_done;
}

/// A name that is nothing is a slip of the hand: nothing is sent then.
Result<> check_paths(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return fail(Errc::not_found, "there is no " + path);
  }
  return {};
}

ImportTally::Form form_of(const ImportOrder& order) {
  return order.json ? ImportTally::Form::json : ImportTally::Form::words;
}

int send_all(const ImportOrder& order, const Remote& remote) {
  ImportTally tally(form_of(order));
  const std::jthread counter([&](const std::stop_token& stop) { tally.expect(count_files(order.paths, stop)); });
  ImportSenders senders(remote, Uuid::random(), tally, order.timeout);
  ImportFiles files(order.paths, tally);
  const Result<> walked = files.each({}, [&](ImportFile file) { return senders.send(std::move(file)); });
  const Result<> sent = senders.finish();
  if (!sent || !walked) tally.ended_early(senders.left());
  tally.finish();
  if (!walked) return report(walked.error());
  if (!sent) return report(sent.error());
  return exit_code_of(tally.counts());
}

int only_count(const ImportOrder& order) {
  ImportTally tally(form_of(order));
  ImportFiles files(order.paths, tally);
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  const Result<> walked = files.each({}, [&](const ImportFile& file) -> Result<> {
    ++count;
    bytes += file.size_bytes;
    return {};
  });
  if (!walked) return report(walked.error());
  const ImportCounts others = tally.counts();
  if (order.json) {
    std::printf("{\"would_send\":%llu,\"bytes\":%llu,\"not_dicom\":%llu,\"dicomdir\":%llu,\"failed\":%llu}\n",
                static_cast<unsigned long long>(count), static_cast<unsigned long long>(bytes),
                static_cast<unsigned long long>(others.not_dicom), static_cast<unsigned long long>(others.dicomdir),
                static_cast<unsigned long long>(others.failed));
  } else {
    std::printf("would import %s, %.1f MB; skip %llu not DICOM, %llu DICOMDIR\n", counted(count, "file").c_str(),
                static_cast<double>(bytes) / 1e6, static_cast<unsigned long long>(others.not_dicom),
                static_cast<unsigned long long>(others.dicomdir));
  }
  return exit_code_of(others);
}

/// The same program as serve, but deaf to everything except us.
int send_to_ourselves(const ImportOrder& order, config::Settings settings, const Remote& remote) {
  settings.orthanc.url.reset();
  settings.other_orthancs.clear();
  settings.dimse.port = 0;
  settings.watch.path.reset();
  settings.http.metrics_port.reset();
  Result<std::unique_ptr<Gateway>> gateway = Gateway::open(settings, {.listening = Listening::control_socket});
  if (!gateway) return report(gateway.error());
  if (const Result<> opened = (*gateway)->open_catalog(); !opened) return report(opened.error());
  (*gateway)->watch();
  if (const Result<> started = (*gateway)->start(); !started) return report(started.error());
  const int code = send_all(order, remote);
  (*gateway)->stop(Gateway::stop_patience);
  std::fprintf(
      stderr,
      "no serve is running here: this command imported the files itself; their events are published when serve runs\n");
  return code;
}

}  // namespace

int import_paths(const ImportOrder& order, const Remote& remote, const config::Sources& sources) {
  if (const Result<> there = check_paths(order.paths); !there) return report(there.error());
  if (order.dry_run) return only_count(order);
  std::signal(SIGPIPE, SIG_IGN);
  const Result<json::value> health = remote.get("/health");
  if (health) return send_all(order, remote);
  // A serve that this user may not ask is there all the same.
  if (!remote.url.empty() || health.error().code == Errc::unauthorized) return report(health.error());
  const Result<config::Loaded> loaded = config::load(sources);
  if (!loaded) return report(loaded.error(), exit_usage);
  log::configure(log::Level::warning, log::Form::text);
  return send_to_ourselves(order, loaded->settings, remote);
}

}  // namespace dmw::app
