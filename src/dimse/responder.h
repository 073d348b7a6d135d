// Responder: the way back from a service to the peer whose request it serves, and to the account of the association.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dicom/ul/association.h"
#include "dicom/ul/message_reader.h"

namespace dmw::dimse {

class Account;

/// One thread.
class Responder {
 public:
  /// All of it outlives the responder.
  Responder(ul::Association& association, const ul::Message& request, Account& account)
      : association_(association), request_(request), account_(account) {}

  /// A response without a data set. Of `comment` at most 64 characters reach the peer (PS3.7 §C.1). Errors: those of
  /// the association.
  Result<> respond(ul::Status status, std::string_view comment = {});

  /// An instance that came with the request is durable, or was refused, for the reason in `words`, which our own people
  /// alone read. Call it before the response: the account is then complete when the peer has that.
  void kept(std::uint64_t size_bytes);
  void refused(ul::Status status, const std::string& words);

 private:
  ul::Association& association_;
  const ul::Message& request_;
  Account& account_;
};

}  // namespace dmw::dimse
