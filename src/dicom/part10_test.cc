#include "dicom/part10.h"

#include <gtest/gtest.h>

#include "testing/dicom_file.h"

namespace dmw::dicom {
namespace {

using testing::File;

TEST(DatasetOffset, IsBehindGroup2) {
  const File file = File::instance();
  EXPECT_EQ(dataset_offset(as_bytes(file.bytes())), file.bytes().size() - file.dataset().size());
}

TEST(DatasetOffset, DoesNotBelieveTheGroupLength) {
  const File file = File::instance();
  const std::string good = file.bytes();
  for (const char lie : {'\0', '\1', '\x7F', '\xFF'}) {
    std::string bytes = good;
    bytes[140] = lie;
    bytes[143] = lie;
    EXPECT_EQ(dataset_offset(as_bytes(bytes)), good.size() - file.dataset().size());
  }
}

TEST(DatasetOffset, IsZeroWithoutMeta) {
  EXPECT_EQ(dataset_offset(as_bytes(File::instance().dataset())), 0U);
  EXPECT_EQ(dataset_offset(as_bytes("not DICOM at all")), 0U);
  EXPECT_EQ(dataset_offset({}), 0U);
}

TEST(DatasetOffset, FindsMetaWithoutPreamble) {
  const File file = File::instance();
  const std::string bytes = file.bytes().substr(132);
  EXPECT_EQ(dataset_offset(as_bytes(bytes)), bytes.size() - file.dataset().size());
}

TEST(DatasetOffset, LooksAtNoMoreThan64KiB) {
  std::string bytes = File::instance().append(std::string(200'000, 'x')).bytes();
  EXPECT_EQ(dataset_offset(as_bytes(bytes)), dataset_offset(as_bytes(bytes).first(64 * 1024)));
}

TEST(Prefix, FlagsAForeignPreamble) {
  EXPECT_TRUE(read_prefix(as_bytes(File::instance().preamble("MZ\x90").bytes())).flags.has(Flag::preamble_in_use));
  EXPECT_TRUE(read_prefix(as_bytes(File::instance().preamble("%PDF-1.7").bytes())).flags.has(Flag::preamble_in_use));
  EXPECT_FALSE(read_prefix(as_bytes(File::instance().bytes())).flags.has(Flag::preamble_in_use));
}

}  // namespace
}  // namespace dmw::dicom
