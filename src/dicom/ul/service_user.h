// ServiceUser: the SCU of Verification and Storage (PS3.4 Annexes A and B) over an association that it requested.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dicom/byte_source.h"
#include "dicom/ul/association.h"
#include "dicom/ul/command.h"
#include "dicom/ul/message_reader.h"

namespace dmw::ul {

struct Answer {
  Status status{};
  std::string error_comment{};
};

struct Instance {
  std::string_view sop_class{};
  std::string_view sop_instance{};
  std::string_view transfer_syntax{};
  std::uint64_t dataset_offset = 0;  ///< offset of the dataset in its file (dicom/part10.h)
};

/// One thread.
class ServiceUser {
 public:
  /// `association` must be established by request() and must outlive this. `response` limits the wait for an answer.
  ServiceUser(Association& association, std::chrono::milliseconds response);

  /// Errors: unsupported (no context for it was agreed), and those of Association.
  Result<Answer> echo();
  /// Sends the dataset unchanged from `file`: at once if it is in memory, otherwise in pieces of 1 MiB. Errors:
  /// unsupported (no context of this SOP class and transfer syntax was agreed), invalid (offset), those of `file` (the
  /// association is then aborted, because a half-sent dataset cannot be withdrawn), and those of Association.
  Result<Answer> store(const Instance& instance, dicom::ByteSource& file);

 private:
  const AgreedContext* context_of(const Instance& instance) const;
  Result<> send_in_pieces(std::uint8_t context, std::string_view command, std::uint64_t offset,
                          dicom::ByteSource& file);
  Result<Answer> answer_to(const Command& request);

  Association& association_;
  MessageReader reader_;
  std::uint16_t message_id_ = 0;
  std::vector<std::byte> piece_;
};

/// A request for Verification and these SOP classes, with a separate context for each pair of SOP class and transfer
/// syntax. Errors: too_large (more than 128 contexts).
Result<AssociateRequest> propose(std::string_view calling_ae, std::string_view called_ae,
                                 std::span<const std::string> sop_classes,
                                 std::span<const std::string> transfer_syntaxes);

}  // namespace dmw::ul
