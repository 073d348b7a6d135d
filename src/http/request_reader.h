// RequestReader: the side of a connection that reads. It takes one request after the other off the wire and judges its
// head; a body is read into memory, that of an upload as fast as its route takes it. Internal to this room.
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
/// itself; where the client goes away, is too slow or says something that is no request of HTTP, it closes the wire.
class RequestReader {
 public:
  /// What becomes of a request.
  class Taker {
   public:
    /// Its head has come. False when its connection had to give way: nothing more is read.
    virtual bool begin() = 0;
    /// It is whole.
    virtual void take(Turn turn) = 0;
    /// The body of an upload follows: as of feed().
    virtual void take_upload(Turn turn) = 0;
    /// The body of the upload has been read to its end.
    virtual void upload_read() = 0;
    /// No route answers it. Where it was not read to its end, the turn keeps nothing alive.
    virtual void refuse(Turn turn, const Problem& problem) = 0;

   protected:
    ~Taker() = default;
  };

  RequestReader(Shared& shared, Wire& wire, Taker& taker);

  /// Who is at both ends of the wire. Before the first await().
  void start();
  /// Reads the next request, when it comes: what has come early is taken first.
  void await();
  /// Whether nothing of the next request has come.
  bool is_idle() const { return idle_; }

  /// Gives `pipe` the body of the upload that was taken.
  void feed(std::shared_ptr<BodyPipe> pipe);
  /// The route wants more, or the last bytes have found their place.
  void feed_on();
  /// The route finds out that no more comes; nothing without an upload.
  void fail_upload(Error why);
  /// The request is answered: what of the body of an upload has not been read by now is not read as one. False when
  /// something is left, so that no other request can follow.
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
  bool first_ = true;  // nothing has come on this connection
  bool idle_ = true;

  boost::beast::flat_buffer buffer_;
  Turn turn_;  // until it is handed on
  std::optional<Parser> parser_;
  bool expects_continue_ = false;
  std::size_t body_due_ = 0;  // bytes of a body that must be there before the time is over

  std::optional<UploadParser> upload_parser_;
  std::shared_ptr<BodyPipe> upload_;  // until it is answered
  bool reading_upload_ = false;
  std::size_t window_left_ = 0;  // bytes of the upload that must come before the time is over; 0: it does not run
};

}  // namespace dmw::http
