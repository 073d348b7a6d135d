#include "http/answer_writer.h"

#include <boost/asio/post.hpp>

#include "base/log.h"
#include "http/head.h"

namespace dmw::http {

AnswerWriter::AnswerWriter(Shared& shared, Wire& wire, Turn& turn, Asker& asker)
    : shared_(shared), wire_(wire), turn_(turn), asker_(asker) {}

void AnswerWriter::answer(Answer given) {
  held_ = std::move(given.held);
  if (auto* const body = std::get_if<PulledBody>(&given.body)) {
    unsent_bytes_ = body->length;
    next_piece_ = std::move(body->next);
    if (turn_.request->method == "HEAD" || unsent_bytes_ == 0) return send(std::move(given), {});
    pulled_ = std::move(given);
    return pull();
  }
  auto body = std::move(std::get<std::string>(given.body));
  unsent_bytes_ = body.size();
  send(std::move(given), std::move(body));
}

void AnswerWriter::send(Answer given, std::string first_piece) {
  status_ = given.status;
  const bool in_chunks = !unsent_bytes_ && turn_.chunked;
  if (shared_.stopping || (!unsent_bytes_ && !in_chunks)) turn_.keep_alive = false;
  const Framing framing{.length = unsent_bytes_, .chunked = in_chunks, .close = !turn_.keep_alive};
  std::string head = head_of(given.status, given.headers, turn_.request->correlation, framing);
  if (turn_.request->method == "HEAD" || given.status == 204 || given.status == 304) {
    return wire_.write(std::move(head), {}, [this] { finish(); });
  }
  send_piece(std::move(head), std::move(first_piece));
}

/// Sends `piece` after `head`, then the next piece or the end.
void AnswerWriter::send_piece(std::string head, std::string piece) {
  const bool is_last = unsent_bytes_ ? piece.size() == *unsent_bytes_ : piece.empty();
  if (unsent_bytes_) {
    *unsent_bytes_ -= piece.size();
  } else if (turn_.chunked) {
    piece = is_last ? std::string(kLastChunk) : chunk_of(piece);
  }
  wire_.write(std::move(head), std::move(piece), [this, is_last] { is_last ? finish() : pull(); });
}

void AnswerWriter::pull() {
  shared_.pool->go_on([self = wire_.hold(this), next = std::move(next_piece_)]() mutable {
    Result<std::string> piece = next();
    const Executor io = self->wire_.socket().get_executor();
    boost::asio::post(io, [self = std::move(self), piece = std::move(piece), next = std::move(next)]() mutable {
      if (self->wire_.is_closed()) return;
      self->next_piece_ = std::move(next);
      self->on_piece(std::move(piece));
    });
  });
}

void AnswerWriter::on_piece(Result<std::string> piece) {
  if (piece && unsent_bytes_ && (piece->empty() || piece->size() > *unsent_bytes_)) {
    piece = fail(Errc::internal, "a body does not have the length that was announced");
  }
  if (!piece) {
    log::error("body_failed", piece.error().message(), {{"correlation_id", turn_.request->correlation.text()}});
    if (!pulled_) return wire_.close();  // the caller sees a truncated body
    pulled_.reset();
    next_piece_ = nullptr;
    return answer(answer_of(Problem::of(piece.error()), turn_.request->correlation));
  }
  if (pulled_) {
    Answer first = std::move(*pulled_);
    pulled_.reset();
    return send(std::move(first), std::move(*piece));
  }
  send_piece({}, std::move(*piece));
}

void AnswerWriter::stream(const Answer& head, std::shared_ptr<Exchange> exchange) {
  stream_ = std::move(exchange);
  status_ = head.status;
  if (!turn_.chunked || shared_.stopping) turn_.keep_alive = false;
  const bool bodiless = turn_.request->method == "HEAD";
  if (bodiless) stream_->end_stream();
  const Framing framing{.length = std::nullopt, .chunked = turn_.chunked, .close = !turn_.keep_alive};
  writing_stream_ = true;
  wire_.write(head_of(head.status, head.headers, turn_.request->correlation, framing), {},
              [this, bodiless] { bodiless ? finish() : write_stream(); });
}

void AnswerWriter::flush() {
  if (stream_ && !writing_stream_) write_stream();
}

void AnswerWriter::write_stream() {
  writing_stream_ = false;
  auto [bytes, ended, held] = stream_->take();
  held_ = std::move(held);
  if (bytes.empty() && !ended) return;
  writing_stream_ = true;
  if (turn_.chunked && !bytes.empty()) bytes = chunk_of(bytes);
  std::string tail(turn_.chunked && ended ? kLastChunk : std::string_view{});
  wire_.write(std::move(bytes), std::move(tail), [this, is_last = ended] { is_last ? finish() : write_stream(); });
}

void AnswerWriter::finish() {
  drop();
  asker_.answered(status_);
}

void AnswerWriter::drop() {
  next_piece_ = nullptr;
  pulled_.reset();
  held_ = {};
  stream_.reset();
  writing_stream_ = false;
}

}  // namespace dmw::http
