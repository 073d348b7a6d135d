// Reception: one instance on its way in by C-STORE, from the request to the status that answers it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dicom/ul/message_reader.h"
#include "sources/door.h"

namespace dmw::sources {

/// What a C-STORE is answered, and in a word why: the label of a metric.
struct Verdict {
  ul::Status status = ul::Status::success;
  std::string comment{};  // at most 64 characters reach the sender (PS3.7 §C.1)
  std::string reason{};
  std::uint64_t size_bytes = 0;  // of the file that was kept
};

/// One thread, one instance.
class Reception {
 public:
  /// Judges the request and opens a spool file with a meta header of ours in it.
  Reception(Door& door, const ul::Message& message, const Session& session);

  /// The next bytes of the dataset, as they came. After a refusal they are counted and dropped.
  void take(ByteView bytes);
  /// So much was sent after a refusal that the sender must be stopped by other means.
  bool is_too_much() const { return drained_bytes_ > drained_bytes_max; }
  /// When the dataset is whole: success only once it is kept for good (rule 1).
  Verdict conclude();

  static constexpr std::uint64_t drained_bytes_max = 1ULL << 30U;

 private:
  void judge_request();
  void open();
  /// Refuses what is not what the request said.
  void compare(const Received& received);
  void refuse(const Error& ours);
  void refuse(ul::Status status, std::string reason, std::string comment);

  Door& door_;
  const ul::Message& message_;
  const Session& session_;
  std::optional<inbox::SpoolFile> file_;
  std::optional<Verdict> refusal_;
  std::uint64_t drained_bytes_ = 0;
};

}  // namespace dmw::sources
