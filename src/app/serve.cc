// serve: reads the settings, starts the gateway, prints the banner, and waits for a signal.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <optional>
#include <thread>

#include <unistd.h>

#include "app/banner.h"
#include "app/commands.h"
#include "app/descriptors.h"
#include "app/gateway.h"
#include "app/live_settings.h"
#include "base/log.h"

namespace dmw::app {
namespace {

using namespace std::chrono_literals;

/// Receives SIGINT, SIGTERM and SIGHUP; all later threads have them blocked.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }

  /// Waits up to `patience`; returns true if a terminating signal arrived.
  bool wait(std::chrono::milliseconds patience) const {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(patience);
    const timespec limit{seconds.count(), std::chrono::nanoseconds(patience - seconds).count()};
    const int signal = sigtimedwait(&set_, nullptr, &limit);
    return signal == SIGINT || signal == SIGTERM;
  }
  /// Waits for a terminating signal; calls `reload` at each SIGHUP.
  void wait(const std::function<void()>& reload) const {
    while (next(set_) == SIGHUP) reload();
  }
  /// While this object exists, a terminating signal ends the process at once, because there is no running work yet.
  class EndAtOnce {
   public:
    EndAtOnce() : thread_([](const std::stop_token& stop) { watch(stop); }) {}

   private:
    static void watch(const std::stop_token& stop) {
      sigset_t ends;
      sigemptyset(&ends);
      sigaddset(&ends, SIGINT);
      sigaddset(&ends, SIGTERM);
      constexpr timespec moment{0, 20'000'000};
      while (!stop.stop_requested()) {
        if (sigtimedwait(&ends, nullptr, &moment) < 0) continue;
        log::info("stopped", "stopped while opening the inbox and the store");
        ::_exit(exit_done);
      }
    }

    std::jthread thread_;
  };

  /// From now on the next terminating signal ends the process at once.
  void next_one_ends_at_once() const {
    std::thread([set = set_] {
      while (next(set) == SIGHUP) {
      }
      ::_exit(130);
    }).detach();
  }

 private:
  static int next(const sigset_t& set) {
    int signal = 0;
    sigwait(&set, &signal);
    return signal;
  }

  sigset_t set_;
};

/// Returns true if the log is text for a person.
bool configure_log(const config::Settings& settings) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const bool text = settings.log.format == config::LogFormat::text ||
                    (settings.log.format == config::LogFormat::automatic && terminal);
  log::configure(settings.log.level, text ? log::Form::text : log::Form::json);
  return text;
}

/// Opens the gateway. Waits for a store that the catalog knows and that is missing; other errors are returned at once.
/// Null if a signal arrived first.
Result<std::unique_ptr<Gateway>> open_patiently(const config::Settings& settings, const Gateway::Opening& opening,
                                                const Signals& signals) {
  for (bool told = false;; told = true) {
    Result<std::unique_ptr<Gateway>> gateway = [&] {
      const Signals::EndAtOnce end;
      return Gateway::open(settings, opening);
    }();
    const bool away = !gateway && (gateway.error().code == Errc::unavailable || gateway.error().code == Errc::timeout);
    if (!away) return gateway;
    if (!told) log::warning("start_waits", gateway.error().message() + "; trying again every second");
    if (signals.wait(1s)) return nullptr;
  }
}

/// Waits a moment for the catalog, so that a normal start refuses no request; then continues without it. Returns true
/// if a terminating signal arrived first.
bool await_catalog(const Gateway& gateway, const config::Settings& settings, const Signals& signals) {
  constexpr std::chrono::milliseconds moment{1'500};
  constexpr std::chrono::milliseconds look{20};
  for (auto waited = 0ms; !gateway.catalog_state().asked; waited += look) {
    if (signals.wait(look)) return true;
    if (waited < moment) continue;
    const bool sqlite = settings.catalog.database.kind == config::DatabaseUrl::Kind::sqlite;
    log::warning("catalog_away",
                 sqlite ? "the SQLite file " + settings.catalog.database.path.string() +
                              " does not open: another process has locked it, or its disk hangs; still trying"
                        : "PostgreSQL (DATABASE_URL) has not answered yet; still trying; received files are kept while "
                          "the inbox has space");
    return false;
  }
  return false;
}

int stop(Gateway& gateway, const Signals& signals) {
  log::info("stopping", "current work is being finished");
  signals.next_one_ends_at_once();
  gateway.stop(Gateway::stop_patience);
  log::info("stopped", "all current work is finished");
  return exit_done;
}

int run_gateway(const config::Sources& sources, const Gateway::Opening& opening) {
  const auto began = std::chrono::steady_clock::now();
  const Result<config::Loaded> loaded = load_settings(sources);
  if (!loaded) {
    std::fprintf(stderr, "%s\n", loaded.error().what.c_str());
    return exit_usage;
  }
  const config::Settings& settings = loaded->settings;
  const bool story = configure_log(settings);
  for (const std::string& warning : loaded->warnings) log::warning("configuration", warning);

  if (const Descriptors descriptors = raise_descriptors(descriptors_needed(settings)); !descriptors.enough())
    log::warning("descriptors", descriptors.words());

  const Signals signals;
  LiveSettings live(sources, *loaded);
  Gateway::Opening complete = opening;
  complete.routes = live.routes();
  Result<std::unique_ptr<Gateway>> gateway = open_patiently(settings, complete, signals);
  if (!gateway) return report(gateway.error(), gateway.error().code == Errc::invalid ? exit_usage : exit_failed);
  if (*gateway == nullptr) {
    log::info("stopped", "stopped before the store was available");
    return exit_done;
  }
  live.on_change([&running = **gateway](const config::Settings& in_force) {
    configure_log(in_force);
    running.take(in_force);
  });
  (*gateway)->watch();
  // An adoption takes longer, and logs its progress.
  if (!opening.adopt_store && await_catalog(**gateway, settings, signals)) return stop(**gateway, signals);
  // If the mismatch is found later, when the catalog is back, the work waits and the program continues.
  if (const std::optional<Error> refused = (*gateway)->store_refused()) {
    (*gateway)->stop(0ms);
    return report(*refused);
  }
  if (const Result<> started = (*gateway)->start(); !started) return report(started.error());

  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (story)
    std::fprintf(stderr, "%s", banner(settings, **gateway, took).c_str());
  else
    log_ready(**gateway, took);
  signals.wait([&] { static_cast<void>(live.reload()); });
  return stop(**gateway, signals);
}

}  // namespace

int serve(const config::Sources& sources) {
  return run_gateway(sources, {});
}

int adopt_and_serve(const config::Sources& sources) {
  return run_gateway(sources, {.adopt_store = true});
}

}  // namespace dmw::app
