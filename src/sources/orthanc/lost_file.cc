#include "sources/orthanc/lost_file.h"

#include "catalog/dead_letters.h"

namespace dmw::sources {
namespace {

/// Limit of other files that are tried, to find out whether Orthanc's disk works.
constexpr std::size_t others_max = 5;

bool tried_enough(const OrthancOptions& options, const Clock& clock, const Request& request) {
  const std::chrono::microseconds age(clock.now() - request.created_at);
  return request.attempts >= options.lost_attempts && age >= options.lost_after;
}

/// A slow connection does not count, and missing rights do not count either.
bool is_of_the_file(const Error& error) {
  return error.code == Errc::unavailable || error.code == Errc::corrupted;
}

bool gives_its_file(OrthancClient& client, const std::string& id, const http::CallOptions& call) {
  bool came = false;
  const auto first_bytes = [&](ByteView) -> Result<> {
    came = true;
    return fail(Errc::cancelled, "a few bytes are enough");
  };
  return client.file(id, first_bytes, call).has_value() || came;
}

/// Whether Orthanc fails to deliver this file. False also if it refuses the request for overload or missing rights.
bool fails_to_give_it(OrthancClient& client, const std::string& id, std::uint64_t size_bytes,
                      const http::CallOptions& call) {
  std::uint64_t came = 0;
  const auto count = [&](ByteView bytes) -> Result<> {
    came += bytes.size();
    return {};
  };
  const Result<std::string> file = client.file(id, count, call);
  if (file) return came != size_bytes;
  const Sign sign = sign_of(file.error(), client.refusal(), false);
  return sign == Sign::missing || (sign == Sign::unclear && is_of_the_file(file.error()));
}

}  // namespace

Result<bool> is_lost(const FetchFloor& floor, OrthancClient& client, const Pull& pull, const std::string& id,
                     const Error& error) {
  if (!is_of_the_file(error)) return false;
  const OrthancOptions& options = floor.options;
  const DeadLetter letter = fetch_letter(options, floor.rooms.clock, pull.request(), Level::instance, id, error);
  if (!tried_enough(options, floor.rooms.clock, pull.request()) &&
      !TRY(catalog::DeadLetters(floor.rooms.catalog).get(letter.id.text())))
    return false;
  const http::CallOptions call = until(pull.stop());
  const Result<OrthancInstance> told = client.instance(id, call);
  if (!told) return false;
  for (const std::string& other : client.some(Level::instance, others_max, call).value_or(std::vector<std::string>{})) {
    if (other == id || !gives_its_file(client, other, call)) continue;
    // The disk may have recovered between the failure and the other file.
    return fails_to_give_it(client, id, told->size_bytes, call);
  }
  return false;
}

}  // namespace dmw::sources
