#include "inbox/identity.h"

#include <fstream>

#include <gtest/gtest.h>

#include "inbox/test_inbox.h"

namespace dmw::inbox {
namespace {

TEST(Kinship, IsToldByIdentityLifeAndNumber) {
  const Identity beside{"a", 3, 100};
  EXPECT_EQ(kinship(std::nullopt, {}), Kinship::own);
  EXPECT_EQ(kinship(std::nullopt, {"a", 0, 5}), Kinship::own) << "of the version before";
  EXPECT_EQ(kinship(beside, {}), Kinship::missing);
  EXPECT_EQ(kinship(beside, {"b", 3, 100}), Kinship::foreign);
  EXPECT_EQ(kinship(beside, {"a", 3, 100}), Kinship::own);
  EXPECT_EQ(kinship(beside, {"a", 4, 100}), Kinship::own) << "killed before the file was written";
  EXPECT_EQ(kinship(beside, {"a", 3, 101}), Kinship::own) << "killed before the number was written";
  EXPECT_EQ(kinship(beside, {"a", 2, 100}), Kinship::older);
  EXPECT_EQ(kinship(beside, {"a", 3, 99}), Kinship::older);
}

TEST(IdentityFile, IsReadAsItWasWrittenOrNotAtAll) {
  const TestDirectory directory;
  EXPECT_EQ(read_identity(directory.path()).value(), std::nullopt);
  const Identity identity{Uuid::random().text(), 7, 12};
  IdentityFile file = IdentityFile::write(directory.path(), identity).value();
  EXPECT_EQ(read_identity(directory.path()).value(), identity);
  file.mark(123'456);
  EXPECT_EQ(read_identity(directory.path()).value().value().last_seq, 123'456);
  for (const std::string& text : {std::string(), std::string("inbox"), std::string(127, 'x'), std::string(9000, 'x')}) {
    std::ofstream(directory / "identity", std::ios::trunc) << text;
    EXPECT_EQ(read_identity(directory.path()).value(), std::nullopt);
  }
}

}  // namespace
}  // namespace dmw::inbox
