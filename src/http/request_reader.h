// RequestReader: the reading side of a connection. It reads one request after the other and checks its head. A body is
// read into memory; that of an upload only as fast as its route consumes it. Internal to this room.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "http/body_pipe.h"
#include "http/problem.h"
#include "http/shared.h"
#include "http/turn.h"
#include "http/wire.h"

namespace dmw::http {

/// Part of a connection, on its io thread. Between await() and one of take(), take_upload() and refuse() it reads by
/// itself. If the client disconnects, is too slow or does not send HTTP, it closes the wire.
class RequestReader {
 public:
  /// Receives the requests.
  class Taker {
   public:
    /// The head of a request has arrived. Returns false if the connection is being closed to make room for another one;
    /// then nothing more is read.
    virtual bool begin() = 0;
    /// It is whole.
    virtual void take(Turn turn) = 0;
    /// The body of an upload follows, after feed().
    virtual void take_upload(Turn turn) = 0;
    /// The body of the upload has been read to its end.
    virtual void upload_read() = 0;
    /// The request is refused with `problem`. If it was not read to its end, `keep_alive` of the turn is false.
    virtual void refuse(Turn turn, const Problem& problem) = 0;

   protected:
    ~Taker() = default;
  };

  RequestReader(Shared& shared, Wire& wire, Taker& taker);

  /// Reads the addresses of both ends of the connection. Call it before the first await().
  void start();
  /// Waits for the next request; bytes that have arrived early are used first.
  void await();
  /// Whether no byte of the next request has arrived.
  bool is_idle() const { return idle_; }

  /// Starts reading the body of the current upload into `pipe`.
  void feed(std::shared_ptr<BodyPipe> pipe);
  /// Continues reading: the pipe has space again.
  void feed_on();
  /// Ends the body of the upload with an error; does nothing without an upload.
  void fail_upload(Error why);
  /// The request is answered, so the rest of the body of its upload is not read. Returns false if there is a rest; then
  /// no other request can follow.
  bool end_upload();
  /// The wire was closed.
  void drop();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using UploadParser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

  void read_head();
  void on_head();
  void describe(const Parser::value_type& head);
  void tell_of_stranger(const Problem& problem);
  void read_body();
  void refuse_unreadable(boost::system::error_code error);
  void refuse(const Problem& problem);

  // In upload_reading.cc.
  void begin_upload();
  void on_upload(boost::system::error_code error, std::size_t got);

  Shared& shared_;
  Wire& wire_;
  Taker& taker_;
  std::string peer_;
  std::string local_address_;
  bool first_ = true;  // no byte has arrived on this connection
  bool idle_ = true;

  boost::beast::flat_buffer buffer_;
  Turn turn_;  // until it is passed to the taker
  std::optional<Parser> parser_;
  bool expects_continue_ = false;
  std::size_t body_due_ = 0;  // bytes of a body that must arrive before the timeout

  std::optional<UploadParser> upload_parser_;
  std::shared_ptr<BodyPipe> upload_;  // until it is answered
  bool reading_upload_ = false;
  std::size_t window_left_ =
      0;  // bytes of the upload that must arrive before the timeout; 0: the timeout is not running
};

}  // namespace dmw::http
