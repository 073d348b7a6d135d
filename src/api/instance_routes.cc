// The bytes of an instance, its header as DICOM JSON, and the values that are too large for that.
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "api/byte_range.h"
#include "api/checked_object.h"
#include "api/parameters.h"
#include "api/reply.h"
#include "api/routes.h"
#include "dicom/dicom_json.h"
#include "dicom/element_path.h"
#include "dicom/header.h"
#include "dicom/inflated_source.h"
#include "http/conditions.h"

namespace dmw::api {
namespace {

constexpr std::size_t kTagDigits = 32;

Result<catalog::VersionRow> find(const Parts& parts, const http::Request& request) {
  const auto id = parse_number(request.parameter("id"));
  if (!id) return fail(Errc::not_found, "there is no such instance");
  auto found = TRY(catalog::Studies(parts.database).version(*id));
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

/// Bytes that support Range and conditional requests.
struct Ranged {
  std::uint64_t size = 0;
  std::string tag;
  std::string content_type;
  std::string file_name;
  bool in_parts = true;  // false: Range is ignored, all bytes are sent
  std::function<http::PulledBody(std::uint64_t offset, std::uint64_t length)> body;
};

Reply answer_ranged(const http::Request& request, const Ranged& bytes) {
  http::Answer answer;
  answer.headers = {{"Content-Type", bytes.content_type},
                    {"Content-Disposition", format("attachment; filename=\"{}\"", bytes.file_name)},
                    {"Accept-Ranges", bytes.in_parts ? "bytes" : "none"},
                    {"Cache-Control", "private, no-cache"},
                    {"ETag", bytes.tag}};
  const http::Condition condition = http::condition_of(request, bytes.tag);
  if (condition == http::Condition::failed) return refuse(412, "this instance is not the one that If-Match names");
  if (condition == http::Condition::not_modified) {
    answer.status = 304;
    return answer;
  }
  const RangeAsked range =
      RangeAsked::of(bytes.in_parts ? http::range_of(request, bytes.tag) : std::nullopt, bytes.size);
  if (range.kind == RangeAsked::Kind::unsatisfiable) {
    return refuse(http::Problem::of(416, "the range begins after the end of the file")
                      .header("Content-Range", format("bytes */{}", bytes.size)));
  }
  if (range.kind == RangeAsked::Kind::part) {
    answer.status = 206;
    answer.headers.add("Content-Range",
                       format("bytes {}-{}/{}", range.offset, range.offset + range.length - 1, bytes.size));
  }
  answer.body = bytes.body(range.offset, range.length);
  return answer;
}

Reply file(const Parts& parts, const http::Request& request) {
  const catalog::VersionRow version = TRY(find(parts, request));
  const CheckedObject object(parts.store, version);
  return answer_ranged(request, {.size = version.size_bytes,
                                 .tag = entity_tag(version),
                                 .content_type = "application/dicom",
                                 .file_name = file_name(version) + ".dcm",
                                 .body = [&](auto offset, auto length) { return object.body(offset, length); }});
}

/// A header, with the memory that is reserved for it until its answer is sent.
struct HeldHeader {
  explicit HeldHeader(CheckedObject object) : source(std::move(object)) {}

  CheckedSource source;
  dicom::Header header;
  http::AnswerBudget::Share held;  // for the index, and for a dataset that is inflated
};

constexpr std::size_t elements_most = 4 << 20;

/// Most headers are small, so the index is first read with a limit of few elements. If each request reserved memory for
/// the largest header, only two could run at the same time.
Result<std::unique_ptr<HeldHeader>> read_held(const Parts& parts, const http::Request& request,
                                              const catalog::VersionRow& version) {
  // Sorting the elements by tag needs the index, a copy of it, and the place of each element.
  constexpr std::uint64_t times = 3 * sizeof(dicom::Element);
  constexpr std::size_t first = 32 << 10;
  auto read = std::make_unique<HeldHeader>(CheckedObject(parts.store, version));
  for (std::size_t elements = first;; elements = std::min(elements * 16, elements_most)) {
    read->held = {};
    read->held = TRY(request.reserve(elements * times));
    const dicom::HeaderLimits limits{.bytes = parts.read.limit_bytes, .elements = elements};
    Result<dicom::Header> header = dicom::read_header(read->source, limits);
    const bool may_be_read = !header && header.error().code == Errc::too_large && elements < elements_most;
    if (may_be_read) continue;
    if (!header) return during(header.error(), "the read of the header");
    read->header = std::move(*header);
    break;
  }
  read->held.shrink(read->header.elements.capacity() * sizeof(dicom::Element));
  if (read->header.inflated) {
    const std::uint64_t most = dicom::inflated_share(parts.read.limit_bytes);
    read->held.join(TRY(request.reserve(std::min(read->header.inflated->size(), most))));
  }
  return read;
}

/// JSON that is produced piece by piece while it is sent.
struct Rendering {
  std::unique_ptr<HeldHeader> read;
  std::string values;  // the address below which large values can be read
  std::optional<dicom::DicomJsonPieces> pieces;
};

Reply metadata(const Parts& parts, const http::Request& request) {
  const catalog::VersionRow version = TRY(find(parts, request));
  auto rendering = std::make_unique<Rendering>();
  rendering->read = TRY(read_held(parts, request, version));
  rendering->values = format("/api/v1/instances/{}/bulkdata/", version.id);
  rendering->pieces.emplace(rendering->read->source, rendering->read->header, http::kPieceBytes,
                            dicom::JsonOptions{.bulk_data_uri = rendering->values});
  auto next = [rendering = std::move(rendering), begun = false, ended = false]() mutable -> Result<std::string> {
    if (ended) return std::string();
    std::string piece = TRY(rendering->pieces->next());
    ended = piece.empty();
    if (!std::exchange(begun, true)) piece.insert(piece.begin(), '[');
    if (ended) piece.push_back(']');
    return piece;
  };
  http::Answer answer;
  answer.headers.add("Content-Type", "application/dicom+json");
  answer.body = http::PulledBody{.length = std::nullopt, .next = std::move(next)};
  return answer;
}

/// One value of a header, read piece by piece and converted to little endian (PS3.18 §8.7.3.3.2).
class Value {
 public:
  Value(std::unique_ptr<HeldHeader> read, const dicom::Element& element) : read_(std::move(read)), element_(element) {
    if (read_->header.inflated) return;
    read_->header.elements = {};  // no longer needed: the place of the value is known
    read_->held.shrink(0);
  }

  http::PulledBody body(std::uint64_t offset, std::uint64_t length) && {
    auto next = [value = std::move(*this), at = element_.offset + offset,
                 left = length]() mutable -> Result<std::string> {
      std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(left, http::kPieceBytes)), '\0');
      dicom::ByteSource& bytes = value.read_->header.bytes(value.read_->source);
      const std::size_t got = TRY(bytes.read_at(at, std::as_writable_bytes(std::span(piece))));
      if (got != piece.size()) return fail(Errc::corrupted, "a value ends before its length");
      if (dicom::is_swapped(value.element_)) dicom::swap_values(piece, value.element_.vr);
      at += got;
      left -= got;
      return piece;
    };
    return {length, std::move(next)};
  }

 private:
  std::unique_ptr<HeldHeader> read_;
  dicom::Element element_;
};

Reply bulk_data(const Parts& parts, const http::Request& request) {
  const catalog::VersionRow version = TRY(find(parts, request));
  const std::optional<dicom::ElementPath> path = dicom::ElementPath::parse(request.parameter("path"));
  if (!path) return fail(Errc::not_found, "a value is named as in `BulkDataURI`: 00420011, 00400555.1.00420011");
  std::unique_ptr<HeldHeader> read = TRY(read_held(parts, request, version));
  const dicom::Element* const found = path->find(read->header.elements);
  if (found == nullptr || !dicom::has_bytes(*found))
    return fail(Errc::not_found, "this instance has no such value before its pixels");
  const dicom::Element element = *found;
  Value value(std::move(read), element);
  return answer_ranged(request,
                       {.size = element.length,
                        .tag = entity_tag(version),
                        .content_type = "application/octet-stream",
                        .file_name = format("{}-{}", file_name(version), request.parameter("path")),
                        .in_parts = !dicom::is_swapped(element),
                        .body = [&](auto offset, auto length) { return std::move(value).body(offset, length); }});
}

}  // namespace

void add_instances(Routes& routes, const Parts& parts) {
  routes.push_back({"GET", "/api/v1/instances/{id}/file", http::Scope::read,
                    replying([&parts](const http::Request& request) { return file(parts, request); })});
  routes.push_back({"GET", "/api/v1/instances/{id}/metadata", http::Scope::read,
                    replying([&parts](const http::Request& request) { return metadata(parts, request); })});
  routes.push_back({"GET", "/api/v1/instances/{id}/bulkdata/{path}", http::Scope::read,
                    replying([&parts](const http::Request& request) { return bulk_data(parts, request); })});
}

}  // namespace dmw::api
