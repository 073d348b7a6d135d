#include "dicom/ul/message_reader.h"

#include "base/format.h"

namespace dmw::ul {
Result<std::optional<Message>> MessageReader::next() {
  if (dataset_follows_) TRY(dataset([](ByteView) { return false; }));
  command_.clear();
  Monotonic deadline = from_now(options_.idle);
  for (bool first = true;; first = false) {
    const std::optional<Fragment> fragment = TRY(association_.receive(deadline));
    if (!fragment) return std::nullopt;
    if (first) {
      context_ = fragment->context;
      deadline = from_now(options_.stall);
    }
    TRY(check(*fragment, true));
    if (command_.size() + fragment->bytes.size() > command_bytes_max)
      return association_.violated(format("a command set of more than {} bytes", command_bytes_max));
    command_ += as_text(fragment->bytes);
    if (fragment->last) break;
  }
  const Result<Command> command = decode_command(as_bytes(command_));
  if (!command) return association_.violated(command.error().what);
  dataset_follows_ = command->has_dataset;
  return Message{.context = association_.context(context_), .command = *command};
}

Result<> MessageReader::dataset(const DatasetSink& sink) {
  Monotonic deadline = from_now(options_.stall);
  std::size_t in_time = 0;
  std::uint64_t dropped = 0;
  while (dataset_follows_) {
    const std::optional<Fragment> fragment = TRY(association_.receive(deadline));
    if (!fragment) return fail(Errc::corrupted, "the peer released the association instead of sending a dataset");
    TRY(check(*fragment, false));
    dataset_follows_ = !fragment->last;
    in_time += fragment->bytes.size();
    if (in_time >= options_.stall_bytes_min) {
      deadline = from_now(options_.stall);
      in_time = 0;
    }
    if (fragment->bytes.empty() || sink(fragment->bytes)) continue;
    dropped += fragment->bytes.size();
    if (dropped <= options_.dropped_bytes_max) continue;
    association_.abort();
    return fail(Errc::too_large,
                format("a data set that was refused continued for more than {} bytes", options_.dropped_bytes_max));
  }
  return {};
}

/// PS3.8 Annex E: the fragments of a message stand in order, all in one presentation context.
Result<> MessageReader::check(const Fragment& fragment, bool command) {
  if (fragment.command != command)
    return association_.violated(command ? "a dataset came where a command set was expected"
                                         : "a command set came in the middle of a dataset");
  if (fragment.context != context_)
    return association_.violated(
        format("a message of presentation context {} continues in context {}", context_, fragment.context));
  return {};
}

}  // namespace dmw::ul
