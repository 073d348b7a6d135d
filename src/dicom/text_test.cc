#include "dicom/text.h"

#include <gtest/gtest.h>

#include "dicom/dictionary.h"

namespace dmw::dicom {
namespace {

TEST(JsonNumber, HasTheSameDigits) {
  EXPECT_EQ(json_number("1.50"), "1.50");
  EXPECT_EQ(json_number("+007"), "7");
  EXPECT_EQ(json_number("-0.5"), "-0.5");
  EXPECT_EQ(json_number(".5"), "0.5");
  EXPECT_EQ(json_number("5."), "5");
  EXPECT_EQ(json_number("-1.2E+05"), "-1.2E+05");
  EXPECT_EQ(json_number("000"), "0");
  for (const char* wrong : {"", "-", ".", "1,5", "1e", "0x10", "1.2.3", "nan", "1 2", "1e99999"}) {
    EXPECT_EQ(json_number(wrong), "") << wrong;
  }
}

TEST(Dates, AreCheckedAsTheStandardHasThem) {
  EXPECT_TRUE(is_date("20240229"));
  EXPECT_FALSE(is_date("2024.02.29"));
  EXPECT_FALSE(is_date("20241329"));
  EXPECT_FALSE(is_date("99999999"));
  EXPECT_TRUE(is_time("235960.123456"));
  EXPECT_TRUE(is_time("07"));
  EXPECT_FALSE(is_time("07:30"));
  EXPECT_FALSE(is_time("250000"));
}

TEST(Dictionary, KnowsTagsAndKeywords) {
  EXPECT_EQ(dictionary_vr(Tag{0x00100010}), Vr::pn);
  EXPECT_EQ(dictionary_vr(*tag_of("ScopeOfInventorySequence")), Vr::sq) << "of 2023b";
  EXPECT_EQ(dictionary_vr(*tag_of("ThermalCameraSettingsSequence")), Vr::sq) << "of 2024d";
  EXPECT_EQ(dictionary_vr(Tag{0x10000010}), Vr::us) << "retired long ago";
  EXPECT_EQ(dictionary_vr(Tag{0x60023000}), Vr::ow);
  EXPECT_EQ(dictionary_vr(Tag{0x00280106}), Vr::us_or_ss);
  EXPECT_EQ(dictionary_vr(Tag{0x00090010}), Vr::lo);
  EXPECT_EQ(dictionary_vr(Tag{0x00091001}), Vr::none);
  EXPECT_EQ(keyword_of(Tag{0x0020000D}), "StudyInstanceUID");
  EXPECT_EQ(*tag_of("StudyInstanceUID"), (Tag{0x0020000D}));
  EXPECT_EQ(*tag_of("00091001"), (Tag{0x00091001}));
  EXPECT_FALSE(tag_of("PatientNames"));
}

}  // namespace
}  // namespace dmw::dicom
