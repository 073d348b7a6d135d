// A line: one association that stores what is in memory, over the requestor's side of dicom/ul.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "dicom/part10.h"
#include "dicom/ul/association.h"
#include "dicom/ul/message_reader.h"
#include "dicom/ul/socket_transport.h"

namespace dmw::bench {

/// One thread.
class Line {
 public:
  /// To 127.0.0.1, called `called_ae`, for one SOP class in one transfer syntax.
  static Result<std::unique_ptr<Line>> open(std::uint16_t port, std::string_view called_ae, const dicom::Prefix& kind);

  /// The status that the peer answered.
  Result<ul::Status> store(std::string_view sop_instance, ByteView dataset);
  Result<> release() { return association_.release(); }

 private:
  Line(std::unique_ptr<ul::SocketTransport> transport, std::string_view sop_class);

  std::unique_ptr<ul::SocketTransport> transport_;
  ul::Association association_;
  ul::MessageReader reader_;
  std::string sop_class_;
  std::uint8_t context_ = 0;
  std::uint16_t message_id_ = 0;
};

}  // namespace dmw::bench
