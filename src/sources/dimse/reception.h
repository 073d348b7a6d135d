// Reception: receives one instance by C-STORE, from the request to the status of the response.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dicom/ul/command.h"
#include "dimse/request.h"
#include "sources/door.h"

namespace dmw::sources {

/// The answer to a C-STORE, and its reason as one word, the label of a metric.
struct Verdict {
  ul::Status status = ul::Status::success;
  std::string comment{};  // for the sender, cut to 64 characters (PS3.7 §C.1)
  std::string detail{};   // for operators only: may contain paths
  std::string reason{};
  std::uint64_t size_bytes = 0;  // size of the kept file
};

/// One thread, one instance.
class Reception {
 public:
  /// Checks the request and opens a spool file. Both arguments outlive this.
  Reception(Door& door, const dimse::Request& request);

  /// Takes the next bytes of the dataset. Returns false after a refusal; the bytes are then dropped.
  bool take(ByteView bytes);
  /// Call it when the dataset is complete. Success only after the instance is safe on disk.
  Verdict conclude();

 private:
  void judge_request();
  void open();
  /// Writes our meta header, with the transfer syntax that the beginning of the dataset shows, and that beginning.
  void write_beginning(bool is_all);
  bool write(ByteView bytes);
  /// Refuses the instance if it differs from the request.
  void compare(const Received& received);
  void refuse(const Error& ours);
  void refuse(ul::Status status, std::string reason, std::string comment);

  Door& door_;
  const dimse::Request& request_;
  std::optional<inbox::SpoolFile> file_;
  std::string beginning_;  // beginning of the dataset, until its encoding is known
  bool is_begun_ = false;  // the beginning was written
  bool is_agreed_ = true;  // it is in the agreed transfer syntax
  std::optional<Verdict> refusal_;
};

}  // namespace dmw::sources
