#include "dicom/ul/command.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "dicom/encoding.h"
#include "dicom/tag.h"
#include "dicom/ul/wire.h"

namespace dmw::ul {
namespace {

using dicom::Tag;

namespace elements {
constexpr Tag group_length{0x00000000};
constexpr Tag sop_class{0x00000002};
constexpr Tag command_field{0x00000100};
constexpr Tag message_id{0x00000110};
constexpr Tag responded_id{0x00000120};
constexpr Tag priority{0x00000700};
constexpr Tag dataset_type{0x00000800};
constexpr Tag status{0x00000900};
constexpr Tag error_comment{0x00000902};
constexpr Tag sop_instance{0x00001000};
constexpr Tag move_originator{0x00001030};
}  // namespace elements

constexpr std::uint16_t no_dataset = 0x0101;
constexpr std::uint16_t a_dataset = 0x0001;
constexpr std::size_t heading_bytes = 8;
constexpr std::size_t error_comment_max = 64;

Result<std::uint16_t> number_of(Tag tag, ByteView value) {
  if (value.size() != 2)
    return fail(Errc::corrupted, format("{} of the command set has {} bytes, not 2", dicom::name(tag), value.size()));
  return dicom::load<std::uint16_t>(value.data(), false);
}

Result<> take(Tag tag, ByteView value, Command& command) {
  switch (tag) {
    case elements::sop_class:
      command.sop_class = trimmed(as_text(value));
      break;
    case elements::command_field:
      command.field = CommandField{TRY(number_of(tag, value))};
      break;
    case elements::message_id:
    case elements::responded_id:
      command.message_id = TRY(number_of(tag, value));
      break;
    case elements::priority:
      command.priority = TRY(number_of(tag, value));
      break;
    case elements::dataset_type:
      command.has_dataset = TRY(number_of(tag, value)) != no_dataset;
      break;
    case elements::status:
      command.status = Status{TRY(number_of(tag, value))};
      break;
    case elements::error_comment:
      command.error_comment = trimmed(as_text(value));
      break;
    case elements::sop_instance:
      command.sop_instance = trimmed(as_text(value));
      break;
    case elements::move_originator:
      command.move_originator = trimmed(as_text(value));
      break;
    default:
      break;
  }
  return {};
}

/// Little endian, as command sets are (PS3.7 §6.3.1).
class CommandWriter {
 public:
  void number(Tag tag, std::uint16_t value) {
    heading(tag, 2);
    little(value, 2);
  }
  void text(Tag tag, std::string_view value, char padding) {
    if (value.empty()) return;
    heading(tag, value.size() + value.size() % 2);
    bytes_ += value;
    if (value.size() % 2 != 0) bytes_ += padding;
  }
  std::string with_group_length() {
    const std::string rest = std::exchange(bytes_, {});
    heading(elements::group_length, 4);
    little(rest.size(), 4);
    return bytes_ + rest;
  }

 private:
  void heading(Tag tag, std::size_t length) {
    little(dicom::group(tag), 2);
    little(dicom::element(tag), 2);
    little(length, 4);
  }
  void little(std::size_t value, unsigned count) {
    for (unsigned i = 0; i < count; ++i) bytes_ += static_cast<char>(value >> (8U * i));
  }

  std::string bytes_;
};

/// LO (PS3.5 §6.2): at most 64 characters, no backslash; without a character set it is ASCII.
std::string comment(std::string_view text) {
  std::string out = printable(text.substr(0, error_comment_max));
  std::ranges::replace(out, '\\', '/');
  return out;
}

/// PS3.7 §E.1: the names of the requests, also of those that are not served.
struct Operation {
  unsigned number;
  std::string_view name;
};
constexpr Operation operations[] = {{0x0001, "C-STORE"},  {0x0010, "C-GET"},   {0x0020, "C-FIND"},
                                    {0x0021, "C-MOVE"},   {0x0030, "C-ECHO"},  {0x0100, "N-EVENT-REPORT"},
                                    {0x0110, "N-GET"},    {0x0120, "N-SET"},   {0x0130, "N-ACTION"},
                                    {0x0140, "N-CREATE"}, {0x0150, "N-DELETE"}};

}  // namespace

std::string describe(CommandField field) {
  const auto number = static_cast<unsigned>(field);
  if (field == CommandField::c_cancel_rq) return "C-CANCEL-RQ";
  const auto found = std::ranges::find(operations, number & 0x7FFFU, &Operation::number);
  if (found == std::ranges::end(operations)) return format("command {:04X}H", number);
  return format("{}-{}", found->name, is_response(field) ? "RSP" : "RQ");
}

bool is_success_or_warning(Status status) {
  const auto code = static_cast<unsigned>(status);
  return code == 0 || code == 0x0001 || code == 0x0107 || code == 0x0116 || code >> 12U == 0xB;
}

Result<Command> decode_command(ByteView bytes) {
  Command command;
  bool has_field = false;
  while (!bytes.empty()) {
    if (bytes.size() < heading_bytes)
      return fail(Errc::corrupted, format("the command set ends with {} bytes of an element", bytes.size()));
    const Tag tag = dicom::load_tag(bytes.data(), false);
    const auto length = dicom::load<std::uint32_t>(&bytes[4], false);
    bytes = bytes.subspan(heading_bytes);
    if (dicom::group(tag) != 0)
      return fail(Errc::corrupted, format("{} is not allowed in a command set", dicom::name(tag)));
    if (length > bytes.size())
      return fail(Errc::corrupted, format("{} of the command set declares {} bytes, but only {} remain",
                                          dicom::name(tag), length, bytes.size()));
    TRY(take(tag, bytes.first(length), command));
    has_field = has_field || tag == elements::command_field;
    bytes = bytes.subspan(length);
  }
  if (!has_field) return fail(Errc::corrupted, "the command set has no command field (0000,0100)");
  return command;
}

std::string encode(const Command& command) {
  const bool responds = is_response(command.field);
  const bool refers = responds || command.field == CommandField::c_cancel_rq;
  CommandWriter out;
  out.text(elements::sop_class, command.sop_class, '\0');
  out.number(elements::command_field, static_cast<std::uint16_t>(command.field));
  out.number(refers ? elements::responded_id : elements::message_id, command.message_id);
  if (command.field == CommandField::c_store_rq) out.number(elements::priority, command.priority);
  out.number(elements::dataset_type, command.has_dataset ? a_dataset : no_dataset);
  if (responds) out.number(elements::status, static_cast<std::uint16_t>(command.status));
  out.text(elements::error_comment, comment(command.error_comment), ' ');
  out.text(elements::sop_instance, command.sop_instance, '\0');
  out.text(elements::move_originator, command.move_originator, ' ');
  return out.with_group_length();
}

Command response(const Command& request, Status status, std::string_view error_comment) {
  return {.field = response_to(request.field),
          .message_id = request.message_id,
          .sop_class = request.sop_class,
          .sop_instance = request.sop_instance,
          .status = status,
          .error_comment = error_comment};
}

}  // namespace dmw::ul
