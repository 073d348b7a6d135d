// AnswerWriter: the writing side of a connection. It sends the answer to one request: from memory, piece by piece, or
// as a stream without an end. Internal to this room.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/answer.h"
#include "http/exchange.h"
#include "http/shared.h"
#include "http/turn.h"
#include "http/wire.h"

namespace dmw::http {

/// Part of a connection, on its io thread. From answer() or stream() until answered() it writes by itself. If the
/// client reads too slowly, or the body fails, it closes the wire.
class AnswerWriter {
 public:
  class Asker {
   public:
    /// Called when the whole answer is sent. The turn says whether another request may follow.
    virtual void answered(int status) = 0;

   protected:
    ~Asker() = default;
  };

  /// `turn`: the current turn of the connection.
  AnswerWriter(Shared& shared, Wire& wire, Turn& turn, Asker& asker);

  void answer(Answer given);
  /// Begins a body without an end; `exchange` supplies its bytes.
  void stream(const Answer& head, std::shared_ptr<Exchange> exchange);
  /// Call it when bytes were written to the stream, or it has ended. Does nothing without a stream.
  void flush();
  bool is_streaming() const { return stream_ != nullptr; }
  /// Call it when the wire was closed. Drops the rest of the answer and releases its memory.
  void drop();

 private:
  void send(Answer given, std::string first_piece);
  void send_piece(std::string head, std::string piece);
  void pull();
  void on_piece(Result<std::string> piece);
  void write_stream();
  void finish();

  Shared& shared_;
  Wire& wire_;
  Turn& turn_;
  Asker& asker_;

  int status_ = 0;
  std::optional<Answer> pulled_;  // an answer with a body in pieces whose head is not sent yet
  std::move_only_function<Result<std::string>()> next_piece_;
  std::optional<std::uint64_t> unsent_bytes_ = 0;  // bytes of the body; nullopt for a body without a length
  AnswerBudget::Share held_;                       // memory of the answer that is being sent
  std::shared_ptr<Exchange> stream_;               // until it has been sent to its end
  bool writing_stream_ = false;
};

}  // namespace dmw::http
