// The bytes of an instance, and its header as DICOM JSON.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "api/byte_range.h"
#include "api/checked_object.h"
#include "api/parameters.h"
#include "api/reply.h"
#include "api/routes.h"
#include "dicom/dicom_json.h"
#include "dicom/header.h"
#include "dicom/inflated_source.h"
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

/// A header, written as JSON while it is sent.
struct Rendering {
  explicit Rendering(CheckedObject object) : source(std::move(object)) {}

  CheckedSource source;
  dicom::Header header;
  std::optional<dicom::DicomJsonPieces> pieces;
};

constexpr std::size_t elements_most = 4 << 20;

/// Reads it, with the memory that its index takes. Most headers are small whatever the file is, so an index of few
/// elements is tried first: memory for the largest would let two in.
Result<http::AnswerBudget::Share> read_held(const Parts& parts, const http::Request& request, Rendering& rendering) {
  // To put elements into the order of their tags takes the index, a copy, and where each is.
  constexpr std::uint64_t times = 3 * sizeof(dicom::Element);
  constexpr std::size_t first = 32 << 10;
  for (std::size_t elements = first;; elements = std::min(elements * 16, elements_most)) {
    http::AnswerBudget::Share held = TRY(request.reserve(elements * times));
    const dicom::HeaderLimits limits{.bytes = parts.read.limit_bytes, .elements = elements};
    Result<dicom::Header> header = dicom::read_header(rendering.source, limits);
    if (header) {
      rendering.header = std::move(*header);
      return held;
    }
    if (header.error().code != Errc::too_large || elements == elements_most) {
      return during(header.error(), "the read of the header");
    }
  }
}

Reply metadata(const Parts& parts, const http::Request& request) {
  const catalog::VersionRow version = TRY(find(parts, request));
  auto rendering = std::make_unique<Rendering>(CheckedObject(parts.store, version));
  http::Answer answer;
  answer.headers.add("Content-Type", "application/dicom+json");
  answer.held = TRY(read_held(parts, request, *rendering));
  const dicom::Header& header = rendering->header;
  const std::uint64_t inflated =
      header.inflated ? std::min(header.inflated->size(), dicom::inflated_share(parts.read.limit_bytes)) : 0;
  rendering->pieces.emplace(rendering->source, header, http::kPieceBytes);
  const std::uint64_t kept = header.elements.capacity() * sizeof(dicom::Element) + inflated + http::kPieceBytes;
  auto next = [rendering = std::move(rendering), begun = false, ended = false]() mutable -> Result<std::string> {
    if (ended) return std::string();
    std::string piece = TRY(rendering->pieces->next());
    ended = piece.empty();
    if (!std::exchange(begun, true)) piece.insert(piece.begin(), '[');
    if (ended) piece.push_back(']');
    return piece;
  };
  answer.body = http::PulledBody{.length = std::nullopt, .next = std::move(next), .kept_bytes = kept};
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
