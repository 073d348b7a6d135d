// A command set from any bytes: decoded views point into them, and encoding the result again gives the same command.
#include <cstdint>

#include "base/result.h"
#include "dicom/ul/command.h"

namespace {

using namespace dmw;

bool lies_in(std::string_view part, ByteView whole) {
  if (part.empty()) return true;
  const auto* first = reinterpret_cast<const std::byte*>(part.data());
  return first >= whole.data() && first + part.size() <= whole.data() + whole.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes = std::as_bytes(std::span(data, size));
  const Result<ul::Command> command = ul::decode_command(bytes);
  if (!command) return 0;
  ASSERT(lies_in(command->sop_class, bytes) && lies_in(command->sop_instance, bytes));
  ASSERT(lies_in(command->move_originator, bytes) && lies_in(command->error_comment, bytes));
  const std::string encoded = ul::encode(*command);
  const Result<ul::Command> again = ul::decode_command(as_bytes(encoded));
  ASSERT(again && again->field == command->field && again->message_id == command->message_id);
  ASSERT(again->sop_class == command->sop_class && again->sop_instance == command->sop_instance);
  ASSERT(again->has_dataset == command->has_dataset && again->move_originator == command->move_originator);
  ASSERT(again->error_comment.size() <= 64);
  const std::string answer = ul::encode(ul::response(*command, ul::Status::unrecognized_operation, "no"));
  const Result<ul::Command> answered = ul::decode_command(as_bytes(answer));
  ASSERT(answered && ul::is_response(answered->field) && answered->message_id == command->message_id);
  return 0;
}
