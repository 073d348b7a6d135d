#include "sources/orthanc/absence.h"

#include <span>

namespace dmw::sources {
namespace {

bool is_of_orthanc(const OrthancClient& client) {
  return client.refusal() && client.refusal()->status == 404 && client.refusal()->of_orthanc;
}

/// Some versions of Orthanc have no bulk request, and a proxy may forbid POST.
bool cannot_be_asked(const Error& why) {
  return why.code == Errc::not_found || why.code == Errc::invalid || why.code == Errc::unauthorized;
}

/// Whether Orthanc answers 404 for this resource while another resource of the level is found, so that the path is
/// right.
Result<bool> only_this_one_fails(OrthancClient& client, Level level, const std::string& id,
                                 const http::CallOptions& call) {
  const Result<std::vector<std::string>> others = client.some(level, 1, call);
  if (!others) return cannot_be_asked(others.error()) ? Result<bool>(false) : std::unexpected(others.error());
  // Orthanc has no other resource of this level.
  if (others->empty()) return true;
  if (others->front() == id) return false;
  const Result<> other = client.resource(level, others->front(), call);
  if (!other && !cannot_be_asked(other.error())) return std::unexpected(other.error());
  return other.has_value();
}

}  // namespace

Result<bool> is_absent(OrthancClient& client, Level level, const std::string& id, const http::CallOptions& call) {
  if (is_of_orthanc(client)) return true;
  const Result<std::set<std::string>> present = client.present(std::span(&id, 1), call);
  if (present) return !present->contains(id);
  if (!cannot_be_asked(present.error())) return std::unexpected(present.error());
  const Result<> metadata = client.metadata(level, id, call);
  if (metadata) return false;
  if (is_of_orthanc(client)) return true;
  if (metadata.error().code != Errc::not_found) {
    if (cannot_be_asked(metadata.error())) return false;
    return std::unexpected(metadata.error());
  }
  return only_this_one_fails(client, level, id, call);
}

}  // namespace dmw::sources
