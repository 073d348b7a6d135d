#include "http/response.h"

#include "base/format.h"

namespace dmw::http {

Result<> expect_success(const Response& response) {
  if (response.success()) return {};
  const auto code = [&] {
    switch (response.status) {
      case 401:
      case 403:
        return Errc::unauthorized;
      case 404:
        return Errc::not_found;
      case 408:
        return Errc::timeout;
      case 409:
      case 412:
        return Errc::conflict;
      case 410:
        return Errc::gone;
      case 413:
        return Errc::too_large;
      case 415:
        return Errc::unsupported;
      case 507:
        return Errc::full;
      default:
        return response.status == 429 || response.status >= 500 ? Errc::unavailable : Errc::invalid;
    }
  }();
  return fail(code, format("the server answered HTTP {}", response.status));
}

}  // namespace dmw::http
