#include "base/base64.h"

#include <gtest/gtest.h>

namespace dmw {
namespace {

TEST(Base64, AgreesWithThePublishedVectors) {  // RFC 4648 §10
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64(as_bytes(bytes)), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  EXPECT_EQ(base64url(as_bytes("\xfb\xff\xfe?")), "-__-Pw");
}

TEST(Base64, RefusesWhatNobodyWrites) {
  for (const std::string_view wrong : {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9v\n", " Zg=", "Z===", "====", "Zm-v"})
    EXPECT_FALSE(from_base64(wrong)) << wrong;
}

}  // namespace
}  // namespace dmw
