// MessageReader: DIMSE messages out of an association (PS3.7 §6.3, PS3.8 Annex E): first the command set, then the
// dataset, which goes piece by piece from the receive buffer to whoever takes it.
#pragma once

#include <chrono>
#include <cstdint>
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
  std::uint64_t dropped_bytes_max = 1ULL << 30U;  ///< of one dataset that is not taken
};

struct Message {
  const AgreedContext* context = nullptr;
  Command command;  ///< its views are good until the next next()
};

/// Is given the next piece of a dataset. False: it was not taken.
using DatasetSink = std::function<bool(ByteView)>;

/// One thread. Errors are those of Association, which has ended after each, and too_large: a dataset that nobody takes
/// goes on and on, and the association was aborted.
class MessageReader {
 public:
  /// `association` is established and outlives the reader.
  MessageReader(Association& association, const ReaderOptions& options)
      : association_(association), options_(options) {}

  /// Waits for a message and reads its command set. Empty: the peer has released the association. A dataset of the
  /// message before that nobody took is dropped.
  Result<std::optional<Message>> next();
  /// The dataset of the message that next() gave, to its end, whether or not it is taken: a peer listens for an answer
  /// only when all is sent. Nothing when it has none.
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
