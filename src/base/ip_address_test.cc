#include "base/ip_address.h"

#include <gtest/gtest.h>

namespace dmw {
namespace {

bool contains(std::string_view network, std::string_view address) {
  return IpNetwork::parse(network).value().contains(IpAddress::parse(address).value());
}

TEST(IpAddress, IsTheSameHoweverItIsWritten) {
  EXPECT_EQ(IpAddress::parse("10.1.2.3"), IpAddress::parse("::ffff:10.1.2.3"));
  EXPECT_EQ(IpAddress::parse("fe80::1%eth0"), IpAddress::parse("FE80:0:0::1"));
  EXPECT_NE(IpAddress::parse("10.1.2.3"), IpAddress::parse("10.1.2.4"));
  for (const std::string_view wrong : {"", "ct-1", "10.1.2", "10.1.2.3.4", "[::1]", "10.1.2.3/8"}) {
    EXPECT_FALSE(IpAddress::parse(wrong)) << wrong;
  }
}

TEST(IpAddress, KnowsThisMachine) {
  for (const std::string_view own : {"127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(IpAddress::parse(own)->is_loopback()) << own;
  }
  for (const std::string_view other : {"128.0.0.1", "::2", "::", "1::1", "10.0.0.127"}) {
    EXPECT_FALSE(IpAddress::parse(other)->is_loopback()) << other;
  }
}

TEST(IpNetwork, ContainsWhatBeginsAsItDoes) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(contains("10.1.128.0/17", "10.1.255.255"));
  EXPECT_FALSE(contains("10.1.128.0/17", "10.1.127.255"));
  EXPECT_TRUE(contains("192.168.7.9", "192.168.7.9"));
  EXPECT_FALSE(contains("192.168.7.9", "192.168.7.8"));
  EXPECT_TRUE(contains("fd00::/8", "fd12:3456::1"));
  EXPECT_FALSE(contains("fd00::/8", "fe80::1"));
  EXPECT_TRUE(contains("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(contains("::/0", "8.8.8.8"));
}

TEST(IpNetwork, RefusesWhatIsProbablyASlip) {
  for (const std::string_view wrong :
       {"10.1.2.3/16", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "fd00::/129", "ct1/8", "/8", "10.0.0.0/8x"}) {
    EXPECT_FALSE(IpNetwork::parse(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace dmw
