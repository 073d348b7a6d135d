#include "model/header_reading.h"

#include <type_traits>

#include <gtest/gtest.h>

namespace dmw {
namespace {

Attributes attributes_of(const std::string& study) {
  Attributes attributes;
  attributes.study_uid = StudyUid(study);
  return attributes;
}

// Neither two of them together, nor a part of one, can be written down.
static_assert(!std::is_constructible_v<HeaderReading, Attributes, Refusal>);
static_assert(!std::is_aggregate_v<HeaderReading>);

TEST(HeaderReading, IsUnreadUntilSomebodyHasReadIt) {
  const HeaderReading header;
  EXPECT_TRUE(header.is_unread());
  EXPECT_FALSE(header.is_readable());
  EXPECT_FALSE(header.is_refused());
  EXPECT_EQ(header.study_uid(), StudyUid());
}

TEST(HeaderReading, OfAReadableHeaderHasTheAttributesAndNoReason) {
  HeaderReading header = attributes_of("1.2");
  EXPECT_TRUE(header.is_readable());
  EXPECT_FALSE(header.is_unread());
  EXPECT_FALSE(header.is_refused());
  EXPECT_EQ(header.study_uid(), StudyUid("1.2"));
  header->flags |= Flag::truncated_pixel_data;
  EXPECT_TRUE(header->flags.has(Flag::truncated_pixel_data)) << "one that is cut is readable";
}

TEST(HeaderReading, OfARefusedHeaderHasTheReasonAndTheStudyAsFarAsItWasRead) {
  const HeaderReading header = Refusal{Errc::too_deep, "nested", StudyUid("1.3")};
  EXPECT_TRUE(header.is_refused());
  EXPECT_FALSE(header.is_unread());
  EXPECT_FALSE(header.is_readable());
  EXPECT_EQ(header.refusal().code, Errc::too_deep);
  EXPECT_EQ(header.study_uid(), StudyUid("1.3"));
}

TEST(HeaderReading, ALaterOneTakesThePlaceOfAnEarlierOne) {
  HeaderReading header = Refusal{Errc::corrupted, "the reader of the header ended"};
  header = attributes_of("1.2");
  EXPECT_FALSE(header.is_refused());
  header = Refusal{Errc::corrupted, "the file changed"};
  EXPECT_FALSE(header.is_readable());
  EXPECT_EQ(header.study_uid(), StudyUid()) << "the study of the attributes before goes with them";
}

TEST(HeaderReadingDeathTest, NobodyReadsAttributesOrAReasonThatAreNotThere) {
  const HeaderReading unread;
  const HeaderReading refused = Refusal{Errc::corrupted, "cut"};
  EXPECT_DEATH(static_cast<void>(unread.attributes()), "is_readable");
  EXPECT_DEATH(static_cast<void>(refused.attributes()), "is_readable");
  EXPECT_DEATH(static_cast<void>(unread.refusal()), "is_refused");
}

}  // namespace
}  // namespace dmw
