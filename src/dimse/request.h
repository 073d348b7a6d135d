// Request: what a peer asks for with one message, while its service works on it.
#pragma once

#include "base/result.h"
#include "dicom/ul/message_reader.h"
#include "model/session.h"

namespace dmw::dimse {

/// One thread.
class Request {
 public:
  /// All of it outlives the request.
  Request(const ul::Message& message, const Session& session, ul::MessageReader& reader)
      : message_(message), session_(session), reader_(reader) {}

  const ul::Command& command() const { return message_.command; }
  const ul::AgreedContext& context() const { return *message_.context; }
  /// Who asks.
  const Session& session() const { return session_; }
  /// Its data set, to the end, in the pieces in which it comes. Errors: those of MessageReader::dataset().
  Result<> dataset(const ul::DatasetSink& sink) { return reader_.dataset(sink); }

 private:
  const ul::Message& message_;
  const Session& session_;
  ul::MessageReader& reader_;
};

}  // namespace dmw::dimse
