// A sender of CT images for tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dicom/byte_source.h"
#include "dicom/part10.h"
#include "dicom/ul/service_user.h"
#include "dicom/ul/socket_transport.h"
#include "dicom/ul/sop_classes.h"

namespace dmw::dimse {

inline constexpr std::chrono::seconds patience{10};
inline constexpr std::string_view ct_image = "1.2.840.10008.5.1.4.1.1.2";

/// In one transfer syntax, to a port of this machine.
class Sender {
 public:
  explicit Sender(std::uint16_t port)
      : transport_(ul::SocketTransport::connect("127.0.0.1", port, ul::from_now(patience)).value()),
        association_(*transport_, {.artim = patience, .write = patience}),
        user_(association_, patience) {}

  Result<> associate(const std::string& calling_ae = "SCU", const std::string& called_ae = "DMW",
                     std::string_view transfer_syntax = ul::explicit_little_endian) {
    const std::string classes[] = {std::string(ct_image)};
    const std::string syntaxes[] = {std::string(transfer_syntax)};
    transfer_syntax_ = transfer_syntax;
    return association_.request(ul::propose(calling_ae, called_ae, classes, syntaxes).value());
  }
  /// The request says this SOP Instance UID, whatever the file says.
  Result<ul::Answer> store(const std::string& file, std::string_view sop_instance) {
    return store_dataset(std::string_view(file).substr(dicom::dataset_offset(as_bytes(file))), sop_instance);
  }
  Result<ul::Answer> store_dataset(std::string_view dataset, std::string_view sop_instance) {
    dicom::MemorySource source(as_bytes(dataset));
    return user_.store(
        {.sop_class = ct_image, .sop_instance = sop_instance, .transfer_syntax = transfer_syntax_, .dataset_offset = 0},
        source);
  }
  /// A C-STORE-RQ and the beginning of its dataset.
  Result<> begin(std::string_view dataset, std::string_view sop_instance) {
    const ul::Command command{.field = ul::CommandField::c_store_rq,
                              .message_id = 7,
                              .has_dataset = true,
                              .sop_class = ct_image,
                              .sop_instance = sop_instance};
    return association_.send_message(storage_context(), as_bytes(ul::encode(command)), as_bytes(dataset), false);
  }
  std::uint8_t storage_context() const { return association_.contexts().at(1).id; }

  ul::Association& association() { return association_; }
  ul::ServiceUser& user() { return user_; }

 private:
  std::unique_ptr<ul::SocketTransport> transport_;
  ul::Association association_;
  ul::ServiceUser user_;
  std::string_view transfer_syntax_ = ul::explicit_little_endian;
};

}  // namespace dmw::dimse
