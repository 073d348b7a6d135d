#include "inbox/spool_name.h"

#include <gtest/gtest.h>

namespace dmw::inbox {
namespace {

TEST(SpoolName, SaysWhatItWasMadeFrom) {
  Fingerprint print;
  print.size_bytes = 70'000;
  print.dataset_sha256 = Sha256::of(as_bytes("dataset"));
  print.prefix_sha256 = Sha256::of(as_bytes("prefix"));
  const Uuid letter = Uuid::random();
  for (const HeaderReading& header : {HeaderReading(), HeaderReading(Refusal{Errc::corrupted, "cut", {}})}) {
    for (const auto& replay : {std::optional<Uuid>(), std::optional(letter)}) {
      for (const Uuid& correlation : {Uuid(), Uuid::random()}) {
        const SpoolName name = spool_name("boot-7", print, header, replay, correlation);
        EXPECT_EQ(parse_spool_name(text_of(name)), name) << text_of(name);
        EXPECT_EQ(name.correlation_id.value_or(Uuid()), correlation);
        EXPECT_TRUE(is_true_of(name, print));
      }
    }
  }
  const SpoolName name = spool_name("boot-7", print, {}, {}, {});
  print.size_bytes = 70'001;
  EXPECT_FALSE(is_true_of(name, print));
  print.size_bytes = 70'000;
  print.prefix_sha256 = Sha256::of(as_bytes("another"));
  EXPECT_FALSE(is_true_of(name, print));
}

TEST(SpoolName, IsNoOtherProgramsName) {
  const std::string digests = "0123456789abcdef0123456789abcdef.01234567";
  EXPECT_TRUE(parse_spool_name("b-1.7." + digests));
  for (const std::string& name :
       {std::string(), std::string("b-1"), std::string("b-1.part"), ".7." + digests, "b-1.07." + digests,
        "b-1.-7." + digests, "b-1.7." + digests + ".put", "b-1.7." + digests + ".refused-99",
        "b-1.7." + digests + ".replay-x", "b-1.7." + digests + ".from-x", "b-1.99999999999999999999." + digests,
        std::string("b-1.7.0123.01234567"), "b-1.7." + digests + "."}) {
    EXPECT_FALSE(parse_spool_name(name)) << name;
  }
}

TEST(SpoolName, OnlyTheWholeNameOfAnUnfinishedFileSaysThatItMayGo) {
  const std::string whole = "0e1880f9-6467-4b20-3.7.0123456789abcdef0123456789abcdef.01234567";
  EXPECT_TRUE(is_unfinished(unfinished_name("0e1880f9-6467-4b20-3")));
  EXPECT_TRUE(is_second_name("0e1880f9-6467-4b20-3.put"));
  for (const std::string& stem : {whole, std::string(), std::string("-3"), std::string("0e1880f9"),
                                  std::string("0e1880f9-"), std::string("image-x"), std::string("image-3")}) {
    EXPECT_FALSE(is_unfinished(stem + ".part")) << stem;
    EXPECT_FALSE(is_second_name(stem + ".put")) << stem;
  }
}

}  // namespace
}  // namespace dmw::inbox
