#include "model/attributes.h"

#include <gtest/gtest.h>

namespace dmw {
namespace {

TEST(Attributes, SurviveTheirJsonForm) {
  Attributes in;
  in.study_uid = StudyUid("1.2.3");
  in.patient_name = Private<std::string>("Yamada^Tarou=山田^太郎");
  in.series_number = -4;
  in.flags = Flags(Flag::bad_value) | Flag::charset_guessed;
  in.header_bytes = 1234;
  in.series_attributes = R"({"00180050":{"vr":"DS"}})";
  const auto out = attributes_from_json(to_json(in));
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(out->study_uid, in.study_uid);
  EXPECT_EQ(out->patient_name, in.patient_name);
  EXPECT_EQ(out->series_number, in.series_number);
  EXPECT_EQ(out->instance_number, std::nullopt);
  EXPECT_EQ(out->flags, in.flags);
  EXPECT_EQ(out->header_bytes, 1234U);
  EXPECT_EQ(out->series_attributes, in.series_attributes);
}

TEST(Uid, PlainMeansSafeInAPath) {
  EXPECT_TRUE(is_plain_uid("1.2.840.0"));
  for (const char* text : {"", ".", "..", "1..2", "1.", "1/2", "1.2a", "1.2 "})
    EXPECT_FALSE(is_plain_uid(text)) << text;
  EXPECT_FALSE(is_plain_uid(std::string(65, '1')));
}

TEST(Flags, AreNamedInBitOrder) {
  const Flags flags = Flags(Flag::variant) | Flag::conflict;
  EXPECT_EQ(flags.names(), (std::vector<std::string_view>{"conflict", "variant"}));
}

}  // namespace
}  // namespace dmw
