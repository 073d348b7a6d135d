// serve: reads the settings, starts the gateway, tells what it is, and waits for a signal.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include <unistd.h>

#include "app/banner.h"
#include "app/commands.h"
#include "app/gateway.h"
#include "base/log.h"
#include "config/load.h"

namespace dmw::app {
namespace {

using namespace std::chrono_literals;

constexpr auto stop_patience = 20s;

/// SIGINT and SIGTERM, taken from all threads that are started after it.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }

  /// True when one came within `patience`.
  bool wait(std::chrono::seconds patience) const {
    const timespec limit{patience.count(), 0};
    return sigtimedwait(&set_, nullptr, &limit) > 0;
  }
  void wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
  }
  /// From now on the next one ends the process at once.
  void next_one_ends_at_once() const {
    std::thread([set = set_] {
      int signal = 0;
      sigwait(&set, &signal);
      ::_exit(130);
    }).detach();
  }

 private:
  sigset_t set_;
};

void configure_log(const config::Settings& settings) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const bool text = settings.log.format == config::LogFormat::text ||
                    (settings.log.format == config::LogFormat::automatic && terminal);
  log::configure(settings.log.level, text ? log::Form::text : log::Form::json);
}

/// A database that is still starting is waited for; nothing else gets better by itself.
Result<std::unique_ptr<Gateway>> open_patiently(const config::Settings& settings, const Signals& signals) {
  for (bool told = false;; told = true) {
    Result<std::unique_ptr<Gateway>> gateway = Gateway::open(settings);
    const bool away = !gateway && (gateway.error().code == Errc::unavailable || gateway.error().code == Errc::timeout);
    if (!away) return gateway;
    if (!told) log::warning("catalog_away", gateway.error().message() + "; trying again each second");
    if (signals.wait(1s)) return fail(Errc::cancelled, "stopped before the database answered");
  }
}

}  // namespace

int serve(const config::Sources& sources) {
  const auto began = std::chrono::steady_clock::now();
  const Result<config::Loaded> loaded = config::load(sources);
  if (!loaded) {
    std::fprintf(stderr, "%s\n", loaded.error().what.c_str());
    return exit_usage;
  }
  const config::Settings& settings = loaded->settings;
  configure_log(settings);
  for (const std::string& warning : loaded->warnings) log::warning("configuration", warning);

  const Signals signals;
  Result<std::unique_ptr<Gateway>> gateway = open_patiently(settings, signals);
  if (!gateway) return report(gateway.error(), gateway.error().code == Errc::invalid ? exit_usage : exit_failed);
  if (const Result<> started = (*gateway)->start(); !started) return report(started.error());

  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::fprintf(stderr, "%s", banner(settings, **gateway, took).c_str());
  log::info("ready", "", {{"seconds", took.count()}, {"port", (*gateway)->http_port()}});
  signals.wait();
  log::info("stopping", "what is under way may end");
  signals.next_one_ends_at_once();
  (*gateway)->stop(stop_patience);
  log::info("stopped", "");
  return exit_done;
}

}  // namespace dmw::app
