#include "ingest/replay.h"

#include "base/json.h"
#include "dicom/byte_source.h"

namespace dmw::ingest {

Replay::Replay(inbox::Intake& inbox, inbox::Gauges& gauges, store::ObjectStore& store, db::Database& database,
               dicom::ReadOptions read, const Clock& clock)
    : inbox_(inbox),
      gauges_(gauges),
      store_(store),
      database_(database),
      letters_(database),
      read_(std::move(read)),
      clock_(clock) {}

Result<Retry> Replay::replay(const DeadLetter& letter) {
  // A dead letter that a crash left in state `replaying` may be replayed again: the same file twice changes nothing.
  if (letter.state != DeadLetterState::open && letter.state != DeadLetterState::replaying) {
    return fail(Errc::conflict, "this dead letter is " + std::string(name(letter.state)) + ", not open");
  }
  if (letter.stage == Stage::fetch) return replay_request(letter);
  if (letter.object_key.empty())
    return fail(Errc::gone, "the file of this dead letter was lost before it could be kept");
  TRY(replay_bytes(letter));
  return Retry{};
}

Result<> Replay::probe() {
  TRY(gauges_.probe());
  TRY(store_.probe());
  return database_.probe();
}

Result<> Replay::replay_bytes(const DeadLetter& letter) {
  inbox::SpoolFile file = TRY(inbox_.create());
  const Result<> read =
      store_.read(ObjectKey(letter.object_key), {}, [&](ByteView bytes) { return file.append(bytes); });
  if (!read && read.error().code == Errc::not_found)
    return fail(Errc::corrupted, "the store no longer has the bytes of this dead letter");
  if (!read) return std::unexpected(read.error());
  TRY(file.finish());
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
  arrival.header = TRY(dicom::read_instance(source, read_));
  // Marked first, so that a replay that fails at once finds the mark and opens the dead letter again.
  TRY(letters_.change_state(letter.id, DeadLetterState::open, DeadLetterState::replaying));
  const Result<std::int64_t> kept = inbox_.keep(std::move(file), std::move(arrival));
  if (kept) return {};
  TRY(letters_.change_state(letter.id, DeadLetterState::replaying, DeadLetterState::open));
  return std::unexpected(kept.error());
}

Result<Retry> Replay::replay_request(const DeadLetter& letter) {
  NewRequest request;
  request.source = letter.source;
  // Malformed JSON has no level; it then was a request for a study.
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
  // The new request is the replay. If it fails, the same dead letter is open again.
  return database_.write([&](db::Transaction& transaction) -> Result<Retry> {
    const auto submitted = TRY(catalog::Requests::submit(transaction, std::span(&request, 1)));
    TRY(catalog::DeadLetters::change_state(transaction, letter.id, letter.state, DeadLetterState::replayed));
    return Retry{submitted.at(0).request_id};
  });
}

}  // namespace dmw::ingest
