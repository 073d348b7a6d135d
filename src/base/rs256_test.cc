#include "base/rs256.h"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "base/format.h"
#include "testing/files.h"
#include "testing/scratch_folder.h"

namespace dmw {
namespace {

int openssl(const std::string& words) {
  return std::system(("openssl " + words + " >/dev/null 2>&1").c_str());
}

TEST(Rs256, SignsAsOpensslChecks) {
  const ScratchFolder folder;
  const std::string at = folder.path().string();
  ASSERT_EQ(openssl(format("genrsa -out {}/key 2048", at)), 0);
  ASSERT_EQ(openssl(format("rsa -in {0}/key -pubout -out {0}/public", at)), 0);
  const auto signature = sign_rs256(Private<std::string>(read_file(folder / "key")), "a text");
  ASSERT_TRUE(signature) << signature.error().message();
  std::ofstream(folder / "signature", std::ios::binary) << *signature;
  std::ofstream(folder / "text") << "a text";
  EXPECT_EQ(openssl(format("dgst -sha256 -verify {0}/public -signature {0}/signature {0}/text", at)), 0);
}

TEST(Rs256, RefusesOtherKeys) {
  const ScratchFolder folder;
  const std::string at = folder.path().string();
  ASSERT_EQ(openssl(format("genrsa -out {}/short 1024", at)), 0);
  ASSERT_EQ(openssl(format("ecparam -genkey -name prime256v1 -noout -out {}/curve", at)), 0);
  ASSERT_EQ(openssl(format("genrsa -aes128 -passout pass:secret -out {}/locked 2048", at)), 0);
  std::ofstream(folder / "none") << "no key";
  for (const char* name : {"short", "curve", "locked", "none"}) {
    const auto refused = sign_rs256(Private<std::string>(read_file(folder / name)), "a text");
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, Errc::invalid);
  }
}

}  // namespace
}  // namespace dmw
