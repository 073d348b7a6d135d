#include "sources/upload/parts_body.h"

#include <expected>
#include <string>
#include <utility>

#include "base/format.h"
#include "http/multipart.h"
#include "sources/upload/refusals.h"

namespace dmw::sources {
namespace {

/// Each result needs memory.
constexpr std::size_t request_instances_max = 200'000;
constexpr std::string_view instance_type = "application/dicom";

http::Problem unsupported(std::string words) {
  return http::Problem::of(415, std::move(words));
}

std::expected<std::string, http::Problem> boundary_of(const http::Request& request) {
  const Result<http::MediaType> type = http::MediaType::parse(request.header("Content-Type").value_or(""));
  if (!type || type->type != "multipart/related") {
    return std::unexpected(unsupported(
        "the body must be multipart/related; type=\"application/dicom\"; a file alone goes to POST /api/v1/instances"));
  }
  if (!http::equal_ignoring_case(type->parameter("type").value_or(instance_type), instance_type)) {
    return std::unexpected(
        unsupported("metadata with bulk data is not supported: the parts must be application/dicom"));
  }
  Result<std::string> boundary = http::boundary_of(*type);
  if (!boundary) return std::unexpected(http::Problem::of(400, boundary.error().what));
  return *std::move(boundary);
}

std::optional<http::Problem> objection_to(const http::Headers& part) {
  const Result<http::MediaType> type = http::MediaType::parse(part.get("Content-Type").value_or(instance_type));
  if (!type || type->type != instance_type) return unsupported("a part is not application/dicom");
  const std::string_view encoding = part.get("Content-Transfer-Encoding").value_or("binary");
  const bool as_it_is = http::equal_ignoring_case(encoding, "binary") || http::equal_ignoring_case(encoding, "8bit");
  if (!as_it_is || part.get("Content-Encoding"))
    return unsupported("a part has a Content-Encoding; only the whole body may have one");
  return std::nullopt;
}

/// A complete part: an instance, or the reason why it is not one.
struct BodyPart {
  std::optional<inbox::SpoolFile> file;
  std::optional<Error> refusal;
};

/// The error for a part whose length differs from its Content-Length: a boundary occurred inside its bytes.
std::optional<Error> wrong_length(const http::Headers& heading, std::uint64_t size_bytes) {
  const std::string told(heading.get("Content-Length").value_or(""));
  if (told.empty() || told == std::to_string(size_bytes)) return std::nullopt;
  return Error{Errc::corrupted, format("{} bytes of a part arrived, but its Content-Length differs", size_bytes), {}};
}

std::expected<BodyPart, http::Problem> receive_part(const http::Headers& heading, http::MultipartReader& parts,
                                                    Door& door) {
  Result<inbox::SpoolFile> file = door.open();
  if (!file) return std::unexpected(not_taken(file.error()));
  for (;;) {
    const Result<ByteView> bytes = parts.read();
    if (!bytes) return std::unexpected(http::body_problem(bytes.error()));
    if (bytes->empty()) break;
    if (const Result<> written = file->append(*bytes); !written) return std::unexpected(not_taken(written.error()));
  }
  if (auto why = wrong_length(heading, file->size())) return BodyPart{std::nullopt, std::move(why)};
  return BodyPart{*std::move(file), std::nullopt};
}

void deliver(BodyPart part, Delivery& delivery) {
  if (part.file) delivery.add(*std::move(part.file));
  if (part.refusal) delivery.refuse({}, *part.refusal);
}

}  // namespace

std::optional<http::Problem> receive_parts(const http::Request& request, http::BodyReader& body, Door& door,
                                           Delivery& delivery) {
  const auto boundary = boundary_of(request);
  if (!boundary) return boundary.error();
  http::MultipartReader parts(body, *boundary);
  // Kept only when the next part or the end follows, because a boundary may also occur inside the bytes of an image.
  std::optional<BodyPart> last;
  for (;;) {
    const Result<std::optional<http::Headers>> heading = parts.next_part();
    if (!heading) return http::body_problem(heading.error());
    if (last) deliver(*std::exchange(last, std::nullopt), delivery);
    if (!*heading) return std::nullopt;
    if (auto objection = objection_to(**heading)) return objection;
    if (delivery.size() == request_instances_max)
      return http::Problem::of(413, format("a request may have {} instances", request_instances_max));
    if (!delivery.take_place()) return not_taken(no_place());
    auto part = receive_part(**heading, parts, door);
    if (!part) return part.error();
    last = *std::move(part);
  }
}

}  // namespace dmw::sources
