#include "http/media_type.h"

#include <gtest/gtest.h>

namespace dmw::http {
namespace {

TEST(MediaType, ReadsParametersAsClientsWriteThem) {
  const auto type = MediaType::parse("Multipart/Related ; TYPE=application/dicom;; x=\"a;b\" ;charset=utf-8").value();
  EXPECT_EQ(type.type, "multipart/related");
  EXPECT_EQ(type.parameter("type"), "application/dicom");
  EXPECT_EQ(type.parameter("x"), "a;b");
  EXPECT_EQ(type.parameter("charset"), "utf-8");
  EXPECT_FALSE(type.parameter("boundary"));
  EXPECT_EQ(MediaType::parse("*/*").value().type, "*/*");
}

TEST(MediaType, RefusesWhatIsNone) {
  for (const auto* wrong : {"", "text", "text/", "/plain", "te xt/plain", "a/b; c", "a/b; c=\"d", "a/b; c=\"d\"e"}) {
    EXPECT_FALSE(MediaType::parse(wrong)) << wrong;
  }
}

TEST(MediaType, PrefersWhatTheClientLikesBest) {
  constexpr std::string_view offers[] = {"application/dicom+json", "application/dicom+xml"};
  EXPECT_EQ(preferred(std::nullopt, offers), 0U);
  EXPECT_EQ(preferred("*/*", offers), 0U);
  EXPECT_EQ(preferred("application/dicom+xml", offers), 1U);
  EXPECT_EQ(preferred("application/dicom+json;q=0.5, application/dicom+xml;q=0.6", offers), 1U);
  EXPECT_EQ(preferred("application/*, application/dicom+json;q=0.1", offers), 1U);
  EXPECT_EQ(preferred("text/html, nonsense, \"", offers), 0U);
}

}  // namespace
}  // namespace dmw::http
