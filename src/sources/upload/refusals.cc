#include "sources/upload/refusals.h"

#include "base/log.h"

namespace dmw::sources {

http::Problem not_admitted(const Error& why) {
  return http::Problem::of(503, why.what).header("Retry-After", "10");
}

http::Problem not_taken(const Error& why) {
  const http::Problem problem = http::Problem::of(why);
  // The log gets the whole error; the sender gets only a general sentence.
  if (problem.status >= 500) log::warning("upload_not_taken", why.message());
  return problem;
}

}  // namespace dmw::sources
