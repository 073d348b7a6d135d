// Request: one request message of a peer, as its service sees it.
#pragma once

#include "base/result.h"
#include "dicom/ul/message_reader.h"
#include "model/session.h"

namespace dmw::dimse {

/// One thread.
class Request {
 public:
  /// All arguments outlive the request.
  Request(const ul::Message& message, const Session& session, ul::MessageReader& reader)
      : message_(message), session_(session), reader_(reader) {}

  const ul::Command& command() const { return message_.command; }
  const ul::AgreedContext& context() const { return *message_.context; }
  /// The session of the peer.
  const Session& session() const { return session_; }
  /// Reads the whole dataset and gives it to `sink` piece by piece. Errors: those of MessageReader::dataset().
  Result<> dataset(const ul::DatasetSink& sink) { return reader_.dataset(sink); }

 private:
  const ul::Message& message_;
  const Session& session_;
  ul::MessageReader& reader_;
};

}  // namespace dmw::dimse
