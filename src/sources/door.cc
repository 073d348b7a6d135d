#include "sources/door.h"

#include "base/crash_point.h"
#include "base/own_storage.h"
#include "base/stage_timer.h"
#include "dicom/byte_source.h"

namespace dmw::sources {
namespace {

using Steady = std::chrono::steady_clock;

}  // namespace

Result<Received> receive(inbox::SpoolFile file, const dicom::ReadOptions& options) {
  const Steady::time_point whole_at = Steady::now();
  TRY(file.finish());
  dicom::FileSource source(file.file(), file.size(), file.head());
  Result<HeaderReading> header = dicom::read_instance(source, options);
  if (!header) return own_storage_error(std::move(header).error(), "the inbox");
  return Received{.file = std::move(file), .header = *std::move(header), .whole_at = whole_at};
}

Door::Door(std::string name, inbox::Intake& inbox, const dicom::ReadOptions& read, Metrics& metrics)
    : name_(std::move(name)),
      inbox_(inbox),
      read_(read),
      instances_(metrics.counter("dicom_middleware_source_instances_total", "Instances received and kept",
                                 {{"source", name_}})),
      bytes_(metrics.counter("dicom_middleware_source_bytes_total", "Bytes received and kept", {{"source", name_}})),
      refused_(metrics.counters("dicom_middleware_source_refused_total", "Instances refused on arrival")),
      seconds_(stage_seconds(metrics, "receive")) {}

Result<> Door::admit() const {
  return inbox_.admit();
}

Result<inbox::SpoolFile> Door::open(std::uint64_t bytes) {
  TRY(admit());
  return inbox_.create(bytes);
}

Result<> Door::keep(Received received, const Session& session, std::function<void()> finished,
                    const std::string& name) {
  inbox::Arrival arrival;
  arrival.session = session;
  arrival.header = std::move(received.header);
  arrival.finished = std::move(finished);
  arrival.origin_resource = name;
  const std::uint64_t size = received.file.size();
  const Steady::time_point whole_at = received.whole_at;
  TRY(inbox_.keep(std::move(received.file), std::move(arrival)));
  crash_point("door.after_keep");
  instances_.add();
  bytes_.add(static_cast<double>(size));
  seconds_.observe(std::chrono::duration<double>(Steady::now() - whole_at).count());
  return {};
}

void Door::refused(const std::string& reason) {
  refused_.with({{"source", name_}, {"reason", reason}}).add();
}

std::optional<Refusal> objection_but_cut(const Received& received) {
  if (!received.header.is_refused()) return std::nullopt;
  switch (received.header.refusal().code) {
    case Errc::not_dicom:
    case Errc::corrupted:
    case Errc::unsupported:
      return received.header.refusal();
    default:
      return std::nullopt;
  }
}

std::optional<Refusal> objection(const Received& received) {
  if (received.header.is_readable() && received.header->flags.has(Flag::truncated_pixel_data))
    return Refusal{Errc::corrupted, "the instance is cut: its Pixel Data, or what follows, ends early"};
  return objection_but_cut(received);
}

}  // namespace dmw::sources
