#include "sources/orthanc/judge.h"

#include <cerrno>

#include <fcntl.h>

#include "base/file.h"
#include "base/format.h"
#include "sources/orthanc/absence.h"
#include "sources/orthanc/outage.h"

namespace dmw::sources {
namespace {

constexpr int put_back_most = 4;

/// Whether no file descriptor is left, so that a connection or a file could not be opened. If one was closed in the
/// meantime, the step is simply tried again.
bool descriptors_are_gone() {
  const File any(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return !any.is_open() && (errno == EMFILE || errno == ENFILE);
}

Throttle::Refused refused_by_source(const OrthancRefusal& refusal) {
  return {.whose = Throttle::Whose::source,
          .by = format("it answered HTTP {}", refusal.status),
          .retry_after = refusal.retry_after};
}

Throttle::Refused out_of_files() {
  return {.whose = Throttle::Whose::ours,
          .by = "no file descriptor is left: raise its limit (ulimit -n, LimitNOFILE)",
          .retry_after = {}};
}

Level level_of(const Step& step) {
  if (step.kind == Step::Kind::study) return Level::study;
  return step.kind == Step::Kind::series ? Level::series : Level::instance;
}

/// A proxy also answers 503 if Orthanc is not reachable.
bool may_be_outage(const OrthancRefusal& refusal) {
  return refusal.status == 503 && !refusal.retry_after;
}

}  // namespace

Sign sign_of(const Error& error, const std::optional<OrthancRefusal>& refusal, bool files_gone) {
  if (error.code == Errc::cancelled) return Sign::cancelled;
  if (!refusal) return files_gone ? Sign::limited : Sign::unclear;
  const bool asks_for_a_pause = refusal->retry_after && refusal->status >= 500;
  if (refusal->status == 429 || refusal->status == 503 || asks_for_a_pause) return Sign::limited;
  return refusal->status == 404 ? Sign::missing : Sign::unclear;
}

Sign Judge::sign(const Error& error) const {
  return sign_of(error, client_.refusal(), !client_.refusal() && descriptors_are_gone());
}

StepEnd Judge::of(const Pull& pull, const Step& step, const Error& error) {
  switch (sign(error)) {
    case Sign::cancelled:
      return ended::GivenBack{error};
    case Sign::limited:
      return of_limit(pull, step, error);
    case Sign::missing:
      floor_.throttle.answered();
      return of_missing(pull, step, error);
    case Sign::unclear:
      break;
  }
  return ask_system(pull, step, error);
}

bool Judge::is_limit(const Error& error) const {
  return sign(error) == Sign::limited;
}

StepEnd Judge::refused(const Pull& pull, const Step& step, const Error& error) {
  if (step.refusals < put_back_most || !client_.system(probing(floor_.options, pull.stop()))) return ended::Refused{};
  floor_.throttle.answered();
  return ended::Failed{error};
}

void Judge::slow_down() {
  floor_.throttle.refused(began_, client_.refusal() ? refused_by_source(*client_.refusal()) : out_of_files());
}

StepEnd Judge::of_limit(const Pull& pull, const Step& step, const Error& error) {
  const Result<> there = limited(pull.stop());
  if (there) return refused(pull, step, error);
  return ended::GivenBack{there.error().code == Errc::cancelled ? there.error() : as_outage(there.error()).error()};
}

Result<> Judge::limited(const std::stop_token& stop) {
  const std::optional<OrthancRefusal> refusal = client_.refusal();
  slow_down();
  if (!refusal) client_.hang_up();
  if (!refusal || !may_be_outage(*refusal) || !floor_.throttle.silent()) return {};
  const Result<OrthancSystem> system = client_.system(probing(floor_.options, stop));
  if (system) {
    floor_.throttle.answered();
    return {};
  }
  const bool refused_again = client_.refusal() && !may_be_outage(*client_.refusal()) &&
                             sign_of(system.error(), client_.refusal(), false) == Sign::limited;
  return refused_again ? Result<>() : std::unexpected(system.error());
}

StepEnd Judge::of_missing(const Pull& pull, const Step& step, const Error& error) {
  const Result<bool> absent = is_absent(client_, level_of(step), step.id, until(pull.stop()));
  if (absent) return *absent ? StepEnd(ended::Absent{}) : ask_system(pull, step, error);
  switch (sign(absent.error())) {
    case Sign::cancelled:
      return ended::GivenBack{absent.error()};
    case Sign::limited:
      return of_limit(pull, step, error);
    case Sign::missing:
    case Sign::unclear:
      break;
  }
  return ask_system(pull, step, error);
}

StepEnd Judge::ask_system(const Pull& pull, const Step& step, const Error& error) {
  const Result<OrthancSystem> system = client_.system(probing(floor_.options, pull.stop()));
  if (system) {
    floor_.throttle.answered();
    return ended::Failed{error};
  }
  switch (sign(system.error())) {
    case Sign::cancelled:
      return ended::GivenBack{system.error()};
    case Sign::limited:
      return of_limit(pull, step, error);
    case Sign::missing:
    case Sign::unclear:
      break;
  }
  return ended::GivenBack{as_outage(system.error()).error()};
}

}  // namespace dmw::sources
