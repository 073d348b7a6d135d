#include "inbox/spool_file.h"

#include <gtest/gtest.h>

#include "inbox/spool_directory.h"
#include "inbox/test_inbox.h"

namespace dmw::inbox {
namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;

/// Written down once more, from the definition.
std::string expected_chunks(const std::string& bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += mib) {
    const std::uint32_t crc = crc32c(0, as_bytes(bytes.substr(at, mib)));
    for (int byte = 3; byte >= 0; --byte) out += static_cast<char>(crc >> (8 * byte));
  }
  return out;
}

struct Shape {
  std::size_t size;
  std::uint64_t prefix;
  std::size_t step;
};

class SpoolFileShapes : public testing::TestWithParam<Shape> {};

TEST_P(SpoolFileShapes, DigestsAgreeWithTheWholeBytes) {
  const auto [size, prefix, step] = GetParam();
  const TestDirectory directory;
  const auto spool = SpoolDirectory::open(directory / "spool").value();
  SpoolFile file = spool
                       ->create([&](ByteView head) {
                         EXPECT_EQ(head.size(), std::min(size, 64 * kib));
                         return prefix;
                       })
                       .value();
  const std::string bytes = random_bytes(size, static_cast<unsigned>(size));
  for (std::size_t at = 0; at < size; at += step) ASSERT_TRUE(file.append(as_bytes(bytes.substr(at, step))));
  ASSERT_TRUE(file.finish());
  const Fingerprint& print = file.fingerprint();

  const std::uint64_t prefix_there = std::min<std::uint64_t>(prefix, size);
  EXPECT_EQ(print.size_bytes, size);
  EXPECT_EQ(print.prefix_bytes, prefix_there);
  EXPECT_EQ(print.prefix_sha256, Sha256::of(as_bytes(bytes.substr(0, prefix_there))));
  EXPECT_EQ(print.dataset_sha256, Sha256::of(as_bytes(bytes.substr(prefix_there))));
  EXPECT_EQ(print.chunk_crc32c, expected_chunks(bytes));
  EXPECT_EQ(as_text(file.head()), bytes.substr(0, 64 * kib));
  std::string read(size, '\0');
  EXPECT_EQ(file.file().read_at(0, std::as_writable_bytes(std::span(read))).value(), size);
  EXPECT_EQ(read, bytes);
}

INSTANTIATE_TEST_SUITE_P(Sizes, SpoolFileShapes,
                         testing::Values(Shape{0, 0, 1}, Shape{1, 0, 1}, Shape{1, 1, 1}, Shape{1, 200, 1},
                                         Shape{64 * kib - 1, 396, 1000}, Shape{64 * kib, 396, 16 * kib},
                                         Shape{64 * kib + 1, 396, 64 * kib}, Shape{64 * kib + 1, 64 * kib, 7},
                                         Shape{64 * kib + 1, 64 * kib + 1, 70'000}, Shape{mib - 1, 0, 16 * kib},
                                         Shape{mib, 396, mib}, Shape{mib + 1, 100 * kib, 16 * kib},
                                         Shape{5 * mib, 396, 5 * mib}, Shape{5 * mib, 2 * mib + 3, 100'001}));

TEST(SpoolFile, GoesWithItsOwner) {
  const TestDirectory directory;
  const auto spool = SpoolDirectory::open(directory / "spool").value();
  const auto nothing = [](ByteView) { return std::uint64_t{0}; };
  {
    SpoolFile first = spool->create(nothing).value();
    SpoolFile moved = std::move(first);
    ASSERT_TRUE(moved.append(as_bytes("abc")));
    EXPECT_EQ(spooled_files(directory.path()), 1U);
    moved = spool->create(nothing).value();
  }
  EXPECT_EQ(spooled_files(directory.path()), 0U);
}

}  // namespace
}  // namespace dmw::inbox
