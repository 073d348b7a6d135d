// AnswerWriter: the side of a connection that answers. It writes the answer to one request onto the wire: from memory,
// pulled piece by piece, or streamed without an end. Internal to this room.
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

/// Part of a connection, on its io thread. From answer() or stream() until answered() it writes by itself; where the
/// client takes too little, or the body breaks off, it closes the wire.
class AnswerWriter {
 public:
  class Asker {
   public:
    /// The whole answer is sent; the turn says whether another request may follow.
    virtual void answered(int status) = 0;

   protected:
    ~Asker() = default;
  };

  /// `turn`: that of the connection, whose request is answered.
  AnswerWriter(Shared& shared, Wire& wire, Turn& turn, Asker& asker);

  void answer(Answer given);
  /// Begins a body without an end, whose bytes are those of `exchange`.
  void stream(const Answer& head, std::shared_ptr<Exchange> exchange);
  /// Something was written into the stream, or it ended. Nothing without one.
  void flush();
  bool is_streaming() const { return stream_ != nullptr; }
  /// The wire was closed: the rest of the answer goes, and what it held.
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
  std::optional<Answer> pulled_;  // an answer whose body is pulled, its head not yet sent
  std::move_only_function<Result<std::string>()> next_piece_;
  std::optional<std::uint64_t> unsent_bytes_ = 0;  // of the body; unknown of one that ends where its pieces end
  AnswerBudget::Share held_;                       // of the answer that is being sent
  std::shared_ptr<Exchange> stream_;               // until it has been sent to its end
  bool writing_stream_ = false;
};

}  // namespace dmw::http
