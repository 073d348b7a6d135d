#include "app/doctor/orthanc_asked.h"

#include "app/orthancs.h"
#include "sources/orthanc/outage.h"

namespace dmw::app::doctor {
namespace {

sources::OrthancOptions options_of(const config::Orthanc& orthanc, std::chrono::milliseconds patience) {
  sources::OrthancOptions options = orthanc_options(orthanc, {}, Uuid());
  options.probe_timeout = patience;
  return options;
}

template <typename T>
Result<T> or_outage(Result<T> answer) {
  if (!answer) return sources::as_outage(std::move(answer).error());
  return answer;
}

}  // namespace

OrthancAsked::OrthancAsked(const config::Orthanc& orthanc, std::chrono::milliseconds patience)
    : options_(options_of(orthanc, patience)), client_(options_.client()) {}

Result<sources::OrthancSystem> OrthancAsked::system() {
  return or_outage(client_.system(probing(options_)));
}

Result<sources::OrthancSize> OrthancAsked::size() {
  return or_outage(client_.size(probing(options_)));
}

}  // namespace dmw::app::doctor
