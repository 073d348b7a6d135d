#include "ingest/replay.h"

#include "base/json.h"
#include "dicom/byte_source.h"

namespace dmw::ingest {

Replay::Replay(inbox::Inbox& inbox, store::ObjectStore& store, db::Database& database, dicom::ReadOptions read,
               const Clock& clock)
    : inbox_(inbox), store_(store), letters_(database), requests_(database), read_(std::move(read)), clock_(clock) {}

Result<> Replay::replay(const DeadLetter& letter) {
  if (letter.state != DeadLetterState::open) {
    return fail(Errc::conflict, "this dead letter is " + std::string(name(letter.state)) + ", not open");
  }
  if (letter.stage == Stage::fetch) return replay_request(letter);
  if (letter.object_key.empty())
    return fail(Errc::gone, "the bytes of this dead letter were lost before it was set aside");
  return replay_bytes(letter);
}

Result<> Replay::replay_bytes(const DeadLetter& letter) {
  inbox::SpoolFile file = TRY(inbox_.create());
  TRY(store_.read(ObjectKey(letter.object_key), {}, [&](ByteView bytes) { return file.append(bytes); }));
  inbox::Arrival arrival;
  arrival.session.id = new_session_id();
  arrival.session.kind = SessionKind::replay;
  arrival.session.correlation_id = letter.correlation_id;
  arrival.session.source = letter.source;
  arrival.session.calling_ae = letter.calling_ae;
  arrival.session.traceparent = letter.traceparent;
  arrival.session.started_at = clock_.now();
  arrival.origin_resource = letter.origin_resource;
  arrival.replay_of = letter.id;
  dicom::FileSource source(file.file(), file.size(), file.head());
  Result<Attributes> attributes = dicom::read_attributes(source, read_);
  if (attributes) {
    arrival.attributes = *std::move(attributes);
  } else if (attributes.error().transient()) {
    return std::unexpected(attributes.error());
  } else {
    arrival.refusal = Refusal{attributes.error().code, attributes.error().what};
  }
  // Kept first, marked then: a crash between leaves an open letter whose next replay is the same again.
  TRY(inbox_.keep(std::move(file), std::move(arrival)));
  TRY(letters_.mark_replaying(letter));
  return {};
}

Result<> Replay::replay_request(const DeadLetter& letter) {
  NewRequest request;
  request.source = letter.source;
  // Bad JSON names no level: what failed then was the study.
  const Result<json::value> payload = json::parse(letter.original_payload);
  const bool instance =
      payload && payload->is_object() && json::get_string(payload->get_object(), "Path") == "Instance";
  if (instance)
    request.instances = {letter.origin_resource};
  else
    request.study = letter.origin_resource;
  request.closes = !instance;
  request.correlation_id = letter.correlation_id;
  request.traceparent = letter.traceparent;
  TRY(requests_.submit(std::span(&request, 1)));
  // The request is the other try; should it fail, the same letter is open again.
  TRY(letters_.mark_replayed(letter.id));
  return {};
}

}  // namespace dmw::ingest
