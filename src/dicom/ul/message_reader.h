// MessageReader: DIMSE messages out of an association (PS3.7 §6.3, PS3.8 Annex E): first the command set, then the
// dataset, which goes piece by piece from the receive buffer to whoever takes it.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "dicom/ul/association.h"
#include "dicom/ul/command.h"

namespace dmw::ul {

struct ReaderOptions {
  std::chrono::milliseconds idle{60'000};   ///< the longest time between two messages
  std::chrono::milliseconds stall{60'000};  ///< in each such time a message ends, or brings `stall_bytes_min`
  std::size_t stall_bytes_min = 64 << 10;
};

struct Message {
  const AgreedContext* context = nullptr;
  Command command;  ///< its views are good until the next next()
};

/// Takes the next piece of a dataset.
using DatasetSink = std::function<void(ByteView)>;

/// One thread. Errors are those of Association, which has ended after each.
class MessageReader {
 public:
  /// `association` is established and outlives the reader.
  MessageReader(Association& association, const ReaderOptions& options)
      : association_(association), options_(options) {}

  /// Waits for a message and reads its command set. Empty: the peer has released the association. A dataset of the
  /// message before that nobody took is dropped.
  Result<std::optional<Message>> next();
  /// The dataset of the message that next() gave, to its end; nothing when it has none. A sink that fails must take the
  /// rest all the same, or abort the association: a peer listens for an answer only when all is sent.
  Result<> dataset(const DatasetSink& sink);

 private:
  Result<> check(const Fragment& fragment, bool command);

  Association& association_;
  ReaderOptions options_;
  std::string command_;
  std::uint8_t context_ = 0;
  bool dataset_follows_ = false;
};

}  // namespace dmw::ul
