#include "app/sample_study.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "dicom/header.h"

namespace dmw::app {
namespace {

constexpr std::uint64_t mebibyte = 1U << 20U;

Errc refusal_of(const std::string& bytes, std::uint64_t limit_bytes) {
  dicom::MemorySource source(as_bytes(bytes));
  const Result<dicom::Header> header = dicom::read_header(source, limit_bytes);
  return header ? Errc::internal : header.error().code;
}

TEST(SampleStudy, HasAHeaderThatIsTooLargeForTheLimitThatIsSet) {
  for (const std::uint64_t limit : {mebibyte, 16 * mebibyte, 64 * mebibyte + 1}) {
    const SampleStudy study("a", limit);
    EXPECT_EQ(refusal_of(study.broken(4).bytes, limit), Errc::too_large) << limit;
  }
}

TEST(SampleStudy, IsTheSameForEachLimitThatItsHeaderIsOverAnyway) {
  EXPECT_EQ(SampleStudy("a", 0).broken(4).bytes, SampleStudy("a", 16 * mebibyte).broken(4).bytes);
}

}  // namespace
}  // namespace dmw::app
