#include "config/callers.h"

#include <gtest/gtest.h>

namespace dmw::config {
namespace {

std::string complaint(std::string_view text) {
  const Result<Callers> parsed = parse_callers(text);
  return parsed ? "" : parsed.error().what;
}

TEST(Callers, AreAeTitlesHostsNetworksOrEverybody) {
  const Callers callers = parse_callers("CT01, MR 2@10.1.2.3,US@ward.example.org,@10.2.0.0/16,@fd00::/8,*").value();
  ASSERT_EQ(callers.rules.size(), 6U);
  EXPECT_EQ(callers.rules[0].ae_title, "CT01");
  EXPECT_FALSE(callers.rules[0].network);
  EXPECT_EQ(callers.rules[1].ae_title, "MR 2");
  EXPECT_EQ(callers.rules[1].network, IpNetwork::parse("10.1.2.3"));
  EXPECT_EQ(callers.rules[2].host, "ward.example.org");
  EXPECT_EQ(callers.rules[3].ae_title, "");
  EXPECT_EQ(callers.rules[3].network, IpNetwork::parse("10.2.0.0/16"));
  EXPECT_EQ(callers.rules[4].network, IpNetwork::parse("fd00::/8"));
  EXPECT_TRUE(callers.rules[5].ae_title.empty() && !callers.rules[5].network && callers.rules[5].host.empty());
  EXPECT_TRUE(parse_callers("").value().rules.empty());
}

TEST(Callers, ThatAreWrittenWronglyAreRefusedInWords) {
  EXPECT_EQ(complaint("10.1.2.3"),
            "contains \"10.1.2.3\", which is an address: write @10.1.2.3 for any AE title from that address");
  EXPECT_EQ(complaint("CT01,,CT02"), "contains \"\", where a caller is missing");
  EXPECT_EQ(complaint("A_TITLE_OF_17_CHA"), "contains \"A_TITLE_OF_17_CHA\", whose AE title is not valid");
  EXPECT_EQ(complaint("CT01@10.1.2.3/16"),
            "contains \"CT01@10.1.2.3/16\", whose network is not valid: in 10.1.0.0/16 all bits after the first 16 "
            "are zero");
  for (const std::string_view nowhere : {"CT01@", "@", "CT01@10.1.2", "CT01@a b"}) {
    EXPECT_EQ(complaint(nowhere),
              "contains \"" + std::string(nowhere) + "\", which has no host, address or network after the @");
  }
}

}  // namespace
}  // namespace dmw::config
