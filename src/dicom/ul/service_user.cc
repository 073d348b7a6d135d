#include "dicom/ul/service_user.h"

#include <algorithm>

#include "base/format.h"
#include "dicom/ul/sop_classes.h"
#include "dicom/ul/wire.h"

namespace dmw::ul {
namespace {

constexpr std::size_t piece_bytes = 1 << 20;
constexpr std::size_t contexts_max = 128;

}  // namespace

ServiceUser::ServiceUser(Association& association, std::chrono::milliseconds response)
    : association_(association), reader_(association, {.idle = response, .stall = response}) {}

Result<Answer> ServiceUser::echo() {
  const auto& contexts = association_.contexts();
  const auto context = std::ranges::find(contexts, verification_sop_class, &AgreedContext::abstract_syntax);
  if (context == contexts.end()) return fail(Errc::unsupported, "the peer did not accept Verification");
  const Command request{
      .field = CommandField::c_echo_rq, .message_id = ++message_id_, .sop_class = verification_sop_class};
  TRY(association_.send_command(context->id, as_bytes(encode(request))));
  return answer_to(request);
}

Result<Answer> ServiceUser::store(const Instance& instance, dicom::ByteSource& file) {
  const AgreedContext* context = context_of(instance);
  if (context == nullptr)
    return fail(Errc::unsupported, format("the peer did not accept {} in {}", name_of(instance.sop_class),
                                          name_of(instance.transfer_syntax)));
  if (instance.dataset_offset > file.size()) return fail(Errc::invalid, "the dataset begins after the end of its file");
  const Command request{.field = CommandField::c_store_rq,
                        .message_id = ++message_id_,
                        .has_dataset = true,
                        .sop_class = instance.sop_class,
                        .sop_instance = instance.sop_instance};
  const std::string command = encode(request);
  const ByteView head = file.head();
  if (head.size() == file.size())
    TRY(association_.send_message(context->id, as_bytes(command), head.subspan(instance.dataset_offset)));
  else
    TRY(send_in_pieces(context->id, command, instance.dataset_offset, file));
  return answer_to(request);
}

Result<> ServiceUser::send_in_pieces(std::uint8_t context, std::string_view command, std::uint64_t offset,
                                     dicom::ByteSource& file) {
  piece_.resize(piece_bytes);
  for (bool first = true, last = false; !last; first = false) {
    const Result<std::size_t> count = file.read_at(offset, piece_);
    if (!count) {
      association_.abort();
      return std::unexpected(count.error());
    }
    offset += *count;
    last = *count < piece_.size() || offset >= file.size();
    const ByteView piece = ByteView(piece_).first(*count);
    if (first)
      TRY(association_.send_message(context, as_bytes(command), piece, last));
    else
      TRY(association_.send_dataset(context, piece, last));
  }
  return {};
}

const AgreedContext* ServiceUser::context_of(const Instance& instance) const {
  const auto& contexts = association_.contexts();
  const auto context = std::ranges::find_if(contexts, [&](const AgreedContext& agreed) {
    return agreed.abstract_syntax == instance.sop_class && agreed.transfer_syntax == instance.transfer_syntax;
  });
  return context == contexts.end() ? nullptr : &*context;
}

Result<Answer> ServiceUser::answer_to(const Command& request) {
  const std::optional<Message> message = TRY(reader_.next());
  if (!message) return fail(Errc::unavailable, "the peer released the association instead of answering");
  const Command& answer = message->command;
  if (answer.field != response_to(request.field) || answer.message_id != request.message_id)
    return association_.violated(format("received {} of message {} instead of {} of message {}", describe(answer.field),
                                        answer.message_id, describe(response_to(request.field)), request.message_id));
  return Answer{.status = answer.status, .error_comment = printable(answer.error_comment)};
}

Result<AssociateRequest> propose(std::string_view calling_ae, std::string_view called_ae,
                                 std::span<const std::string> sop_classes,
                                 std::span<const std::string> transfer_syntaxes) {
  if (sop_classes.size() * transfer_syntaxes.size() >= contexts_max)
    return fail(Errc::too_large, format("{} SOP classes in {} transfer syntaxes need more than {} contexts",
                                        sop_classes.size(), transfer_syntaxes.size(), contexts_max));
  AssociateRequest request{.called_ae = std::string(called_ae), .calling_ae = std::string(calling_ae)};
  const auto add = [&](std::string_view sop_class, std::string_view transfer_syntax) {
    const auto id = static_cast<std::uint8_t>(2 * request.contexts.size() + 1);
    request.contexts.push_back({id, std::string(sop_class), {std::string(transfer_syntax)}});
  };
  add(verification_sop_class, implicit_little_endian);
  for (const std::string& sop_class : sop_classes)
    for (const std::string& transfer_syntax : transfer_syntaxes) add(sop_class, transfer_syntax);
  request.user.pdu_length_max = 16 << 10;
  request.user.implementation_class = implementation_class_uid;
  request.user.implementation_version = implementation_version_name;
  return request;
}

}  // namespace dmw::ul
