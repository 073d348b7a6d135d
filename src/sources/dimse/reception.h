// Reception: one instance on its way in by C-STORE, from the request to the status that answers it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dicom/ul/command.h"
#include "dimse/request.h"
#include "sources/door.h"

namespace dmw::sources {

/// What a C-STORE is answered, and in a word why: the label of a metric.
struct Verdict {
  ul::Status status = ul::Status::success;
  std::string comment{};  // for the sender, of which at most 64 characters reach it (PS3.7 §C.1)
  std::string detail{};   // for our own people alone: may name files of ours
  std::string reason{};
  std::uint64_t size_bytes = 0;  // of the file that was kept
};

/// One thread, one instance.
class Reception {
 public:
  /// Judges the request and opens a spool file. Both outlive this.
  Reception(Door& door, const dimse::Request& request);

  /// The next bytes of the dataset, as they came. False after a refusal: they are dropped.
  bool take(ByteView bytes);
  /// When the dataset is whole: success only once it is kept for good.
  Verdict conclude();

 private:
  void judge_request();
  void open();
  /// A meta header of ours that names the transfer syntax which the data set begins to show, and that beginning.
  void write_beginning(bool is_all);
  bool write(ByteView bytes);
  /// Refuses what is not what the request said.
  void compare(const Received& received);
  void refuse(const Error& ours);
  void refuse(ul::Status status, std::string reason, std::string comment);

  Door& door_;
  const dimse::Request& request_;
  std::optional<inbox::SpoolFile> file_;
  std::string beginning_;  // of the data set, until it shows how it is encoded
  bool is_begun_ = false;  // it has been written
  bool is_agreed_ = true;  // it is in the agreed transfer syntax
  std::optional<Verdict> refusal_;
};

}  // namespace dmw::sources
