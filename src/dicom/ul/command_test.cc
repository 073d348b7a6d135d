#include "dicom/ul/command.h"

#include <gtest/gtest.h>

namespace dmw::ul {
namespace {

std::string little(std::size_t value, unsigned count) {
  std::string out;
  for (unsigned i = 0; i < count; ++i) out += static_cast<char>(value >> (8U * i));
  return out;
}

std::string element(unsigned number, std::string_view value, unsigned group = 0) {
  return little(group, 2) + little(number, 2) + little(value.size(), 4) + std::string(value);
}

std::string error_of(std::string_view bytes) {
  const Result<Command> command = decode_command(as_bytes(bytes));
  return command ? "" : command.error().message();
}

TEST(Command, IsWrittenByteForByte) {
  const std::string rest = element(0x0002, std::string_view("1.2.840.10008.1.1\0", 18)) +
                           element(0x0100, little(0x0030, 2)) + element(0x0110, little(7, 2)) +
                           element(0x0800, little(0x0101, 2));
  EXPECT_EQ(encode(Command{.field = CommandField::c_echo_rq, .message_id = 7, .sop_class = "1.2.840.10008.1.1"}),
            element(0x0000, little(rest.size(), 4)) + rest);
}

TEST(Command, KeepsWhatAStoreRequestSays) {
  const std::string bytes = encode(Command{.field = CommandField::c_store_rq,
                                           .message_id = 65535,
                                           .has_dataset = true,
                                           .sop_class = "1.2.840.10008.5.1.4.1.1.2",
                                           .sop_instance = "1.2.3",
                                           .priority = 1,
                                           .move_originator = "MOVER"});
  const Result<Command> command = decode_command(as_bytes(bytes));
  ASSERT_TRUE(command);
  EXPECT_EQ(command->field, CommandField::c_store_rq);
  EXPECT_EQ(command->message_id, 65535);
  EXPECT_TRUE(command->has_dataset);
  EXPECT_EQ(command->sop_class, "1.2.840.10008.5.1.4.1.1.2");
  EXPECT_EQ(command->sop_instance, "1.2.3");
  EXPECT_EQ(command->priority, 1);
  EXPECT_EQ(command->move_originator, "MOVER");
}

TEST(Command, AnswersARequest) {
  const Command request{.field = CommandField{0x0020}, .message_id = 9, .sop_class = "1.2", .sop_instance = "1.2.3"};
  const std::string bytes = encode(response(request, Status::unrecognized_operation, "C-FIND is not offered"));
  const Result<Command> answer = decode_command(as_bytes(bytes));
  ASSERT_TRUE(answer);
  EXPECT_EQ(static_cast<unsigned>(answer->field), 0x8020U);
  EXPECT_EQ(answer->message_id, 9);
  EXPECT_FALSE(answer->has_dataset);
  EXPECT_EQ(answer->status, Status::unrecognized_operation);
  EXPECT_EQ(answer->error_comment, "C-FIND is not offered");
  EXPECT_EQ(answer->sop_instance, "1.2.3");
  // (0000,0120), not (0000,0110).
  EXPECT_NE(bytes.find(element(0x0120, little(9, 2))), std::string::npos);
}

TEST(Command, CutsAnErrorCommentToWhatAnLoTakes) {
  const std::string long_comment = std::string("a\\b\n\xC3\xA4") + std::string(100, 'x');
  const std::string bytes = encode(response(Command{}, Status::cannot_understand, long_comment));
  EXPECT_EQ(decode_command(as_bytes(bytes))->error_comment, "a/b???" + std::string(58, 'x'));
}

TEST(Command, DoesNotBelieveTheGroupLength) {
  EXPECT_EQ(error_of(element(0x0000, little(0xFFFFFFFF, 4)) + element(0x0100, little(0x30, 2))), "");
}

TEST(Command, PassesOverElementsItDoesNotKnow) {
  EXPECT_EQ(error_of(element(0x0003, "1.2") + element(0x0100, little(0x30, 2)) + element(0x5555, "")), "");
}

TEST(Command, TrimsPadding) {
  const std::string bytes = element(0x0002, std::string_view("1.2\0", 4)) + element(0x0100, little(1, 2)) +
                            element(0x1000, "1.2.3 ") + element(0x1030, " AE ");
  const Result<Command> command = decode_command(as_bytes(bytes));
  ASSERT_TRUE(command);
  EXPECT_EQ(command->sop_class, "1.2");
  EXPECT_EQ(command->sop_instance, "1.2.3");
  EXPECT_EQ(command->move_originator, "AE");
}

TEST(Command, SaysWhatIsWrongInWords) {
  EXPECT_EQ(error_of(""), "the command set has no command field (0000,0100)");
  EXPECT_EQ(error_of("12345"), "the command set ends with 5 bytes of an element");
  EXPECT_EQ(error_of(element(0x0010, "x", 0x0008)), "(0008,0010) is not allowed in a command set");
  EXPECT_EQ(error_of(element(0x0110, "abc")), "(0000,0110) of the command set has 3 bytes, not 2");
  EXPECT_EQ(error_of(little(0, 2) + little(0x1000, 2) + little(0xFFFFFFFF, 4) + "1.2"),
            "(0000,1000) of the command set declares 4294967295 bytes, but only 3 remain");
}

TEST(Status, KnowsWhatWasStored) {
  EXPECT_TRUE(is_success_or_warning(Status::success));
  EXPECT_TRUE(is_success_or_warning(Status{0xB000}));
  EXPECT_TRUE(is_success_or_warning(Status{0x0107}));
  EXPECT_FALSE(is_success_or_warning(Status::out_of_resources));
  EXPECT_FALSE(is_success_or_warning(Status::sop_class_not_supported));
}

}  // namespace
}  // namespace dmw::ul
