// MessageReader: DIMSE messages out of an association (PS3.7 §6.3, PS3.8 Annex E): first the command set, then the
// dataset, piece by piece and without a copy.
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
  std::chrono::milliseconds stall{60'000};  ///< within this time a message must end, or bring `stall_bytes_min`
  std::size_t stall_bytes_min = 64 << 10;
  std::uint64_t dropped_bytes_max = 1ULL << 30U;  ///< of one dataset that is refused
};

struct Message {
  const AgreedContext* context = nullptr;
  Command command;  ///< its views are valid until the next call of next()
};

/// Receives the next piece of a dataset. Returns false if it does not accept it.
using DatasetSink = std::function<bool(ByteView)>;

/// One thread. Errors: those of Association, which has then ended, and too_large (a refused dataset exceeded
/// `dropped_bytes_max`; the association was aborted).
class MessageReader {
 public:
  /// `association` is established and outlives the reader.
  MessageReader(Association& association, const ReaderOptions& options)
      : association_(association), options_(options) {}

  /// Waits for a message and reads its command set. Nullopt: the peer has released the association. A dataset of the
  /// previous message that was not read is dropped.
  Result<std::optional<Message>> next();
  /// Reads the dataset of the current message to its end, even if the sink refuses it, because a peer reads the answer
  /// only after it has sent everything. Does nothing if the message has no dataset.
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
