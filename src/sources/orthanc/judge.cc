#include "sources/orthanc/judge.h"

#include <cerrno>

#include <fcntl.h>

#include "base/file.h"
#include "base/format.h"
#include "sources/orthanc/absence.h"

namespace dmw::sources {
namespace {

constexpr int put_back_most = 4;

/// So that a connection or a file could not be opened. Somebody may have closed one since; then it is tried again
/// anyway.
bool descriptors_are_gone() {
  const File any(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return !any.is_open() && (errno == EMFILE || errno == ENFILE);
}

Throttle::Refused refused_by_source(const OrthancRefusal& refusal) {
  return {.whose = Throttle::Whose::source,
          .by = format("it answered {}", refusal.status),
          .retry_after = refusal.retry_after};
}

Throttle::Refused out_of_files() {
  return {.whose = Throttle::Whose::ours,
          .by = "no file descriptor is left: raise its limit (ulimit -n, LimitNOFILE)",
          .retry_after = {}};
}

/// 503 is also the word of a proxy whose Orthanc is away.
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

Ruling Judge::of(Pull& pull, Level level, const std::string& id, const Error& error) {
  switch (sign_of(error, client_.refusal(), !client_.refusal() && descriptors_are_gone())) {
    case Sign::cancelled:
      return Ruling::given_back;
    case Sign::limited:
      return of_limit(pull);
    case Sign::missing:
      floor_.throttle.answered();
      return of_missing(pull, level, id);
    case Sign::unclear:
      return ask_system(pull);
  }
  return Ruling::passing;
}

bool Judge::is_limit(const Error& error) const {
  return sign_of(error, client_.refusal(), !client_.refusal() && descriptors_are_gone()) == Sign::limited;
}

bool Judge::put_back(Pull& pull, const Step& step) {
  if (pull.times_put_back(step.id) >= put_back_most && client_.system(probing(floor_.options, pull.stop()))) {
    floor_.throttle.answered();
    return false;
  }
  pull.put_back(step);
  return true;
}

void Judge::slow_down() {
  floor_.throttle.refused(began_, client_.refusal() ? refused_by_source(*client_.refusal()) : out_of_files());
}

Ruling Judge::of_limit(Pull& pull) {
  const Result<> there = limited(pull.stop());
  if (there) return Ruling::again;
  if (there.error().code != Errc::cancelled) static_cast<void>(outage(pull, as_outage(there.error()).error()));
  return Ruling::given_back;
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

Ruling Judge::of_missing(Pull& pull, Level level, const std::string& id) {
  const Result<bool> absent = is_absent(client_, level, id, until(pull.stop()));
  if (absent) return *absent ? Ruling::absent : ask_system(pull);
  const Sign sign = sign_of(absent.error(), client_.refusal(), !client_.refusal() && descriptors_are_gone());
  if (sign == Sign::cancelled) return Ruling::given_back;
  return sign == Sign::limited ? of_limit(pull) : ask_system(pull);
}

Ruling Judge::ask_system(Pull& pull) {
  const Result<OrthancSystem> system = client_.system(probing(floor_.options, pull.stop()));
  if (system) {
    floor_.throttle.answered();
    return Ruling::passing;
  }
  const Sign sign = sign_of(system.error(), client_.refusal(), !client_.refusal() && descriptors_are_gone());
  if (sign == Sign::cancelled) return Ruling::given_back;
  if (sign == Sign::limited) return of_limit(pull);
  static_cast<void>(outage(pull, as_outage(system.error()).error()));
  return Ruling::given_back;
}

std::unexpected<Error> Judge::outage(Pull& pull, Error why) {
  pull.cancel();
  if (why.code != Errc::cancelled) {
    // It may come back as another, or with the rights it had not.
    floor_.bulk_form.forget();
    floor_.outage.report(std::move(why));
  }
  floor_.ended->nudge();
  return fail(Errc::cancelled, "the pull is given back");
}

}  // namespace dmw::sources
