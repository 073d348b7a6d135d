// The bytes of an instance, and its header as DICOM JSON.
#include <algorithm>

#include "api/byte_range.h"
#include "api/checked_object.h"
#include "api/parameters.h"
#include "api/reply.h"
#include "api/routes.h"
#include "dicom/dicom_json.h"
#include "dicom/header.h"
#include "http/conditions.h"

namespace dmw::api {
namespace {

constexpr std::size_t kTagDigits = 32;

Result<catalog::VersionRow> find(const Parts& parts, const http::Request& request) {
  const auto id = parse_number(request.parameter("id"));
  if (!id) return fail(Errc::not_found, "there is no such instance");
  auto found = TRY(catalog::Studies(parts.database, parts.sink).version(*id));
  if (!found) return fail(Errc::not_found, "there is no such instance");
  return std::move(*found);
}

std::string entity_tag(const catalog::VersionRow& version) {
  const std::string identity = file_identity(version.prefix_sha256, version.dataset_sha256).hex();
  return format("\"{}\"", identity.substr(0, kTagDigits));
}

std::string file_name(const catalog::VersionRow& version) {
  return is_plain_uid(version.sop_uid.get()) ? version.sop_uid.get() : std::to_string(version.id);
}

Reply file(const Parts& parts, const http::Request& request) {
  const catalog::VersionRow version = TRY(find(parts, request));
  const std::string tag = entity_tag(version);
  http::Answer answer;
  answer.headers = {{"Content-Type", "application/dicom"},
                    {"Content-Disposition", format("attachment; filename=\"{}.dcm\"", file_name(version))},
                    {"Accept-Ranges", "bytes"},
                    {"Cache-Control", "private, no-cache"},
                    {"ETag", tag}};
  const http::Condition condition = http::condition_of(request, tag);
  if (condition == http::Condition::failed) return refuse(412, "this instance is not the one that If-Match names");
  if (condition == http::Condition::not_modified) {
    answer.status = 304;
    return answer;
  }
  const RangeAsked range = RangeAsked::of(http::range_of(request, tag), version.size_bytes);
  if (range.kind == RangeAsked::Kind::unsatisfiable) {
    return refuse(http::Problem::of(416, "the range begins behind the end of the file")
                      .header("Content-Range", format("bytes */{}", version.size_bytes)));
  }
  if (range.kind == RangeAsked::Kind::part) {
    answer.status = 206;
    answer.headers.add("Content-Range",
                       format("bytes {}-{}/{}", range.offset, range.offset + range.length - 1, version.size_bytes));
  }
  answer.body = CheckedObject(parts.store, version).body(range.offset, range.length);
  return answer;
}

/// A header with what it takes in memory until its text is sent.
struct HeldHeader {
  dicom::Header header;
  http::AnswerBudget::Share held;
};

/// Most headers are small whatever the file is, so a small one is tried first: memory for the largest would let two in.
Result<HeldHeader> read_held(const Parts& parts, const http::Request& request, CheckedSource& source) {
  // The index of the smallest elements, and their JSON, are so many times as large as they.
  constexpr std::uint64_t times = 7;
  constexpr std::uint64_t first_bytes = 1 << 20;
  const std::uint64_t most = parts.read.limit_bytes;
  for (std::uint64_t limit = std::min(first_bytes, most);; limit = std::min(limit * 16, most)) {
    auto held = TRY(request.reserve(std::min(limit, source.size()) * times));
    Result<dicom::Header> header = dicom::read_header(source, limit);
    if (header) return HeldHeader{std::move(*header), std::move(held)};
    if (header.error().code != Errc::too_large || limit == most) return std::unexpected(header.error());
  }
}

Reply metadata(const Parts& parts, const http::Request& request) {
  const catalog::VersionRow version = TRY(find(parts, request));
  CheckedSource source(CheckedObject(parts.store, version));
  HeldHeader read = TRY(read_held(parts, request, source));
  std::string text = TRY(dicom::to_dicom_json(source, read.header));
  text.insert(text.begin(), '[');
  text.push_back(']');
  text.shrink_to_fit();  // it grew by doubling, and may wait for its client for long
  http::Answer answer = http::Answer::text(200, "application/dicom+json", std::move(text));
  answer.held = std::move(read.held);
  return answer;
}

}  // namespace

void add_instances(Routes& routes, const Parts& parts) {
  routes.push_back({"GET", "/api/v1/instances/{id}/file", http::Scope::read,
                    replying([&parts](const http::Request& request) { return file(parts, request); })});
  routes.push_back({"GET", "/api/v1/instances/{id}/metadata", http::Scope::read,
                    replying([&parts](const http::Request& request) { return metadata(parts, request); })});
}

}  // namespace dmw::api
