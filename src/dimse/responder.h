// Responder: through it a service answers the peer, and reports to the account of the association.
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
  /// All arguments outlive the responder.
  Responder(ul::Association& association, const ul::Message& request, Account& account)
      : association_(association), request_(request), account_(account) {}

  /// Sends a response without a dataset. `comment` is cut to 64 characters (PS3.7 §C.1). Errors: those of the
  /// association.
  Result<> respond(ul::Status status, std::string_view comment = {});

  /// The instance of the request is safe on disk (kept) or was refused; `words` is the reason, for the operator only.
  /// Call it before the response, so that the account is complete when the peer receives the response.
  void kept(std::uint64_t size_bytes);
  void refused(ul::Status status, const std::string& words);

 private:
  ul::Association& association_;
  const ul::Message& request_;
  Account& account_;
};

}  // namespace dmw::dimse
