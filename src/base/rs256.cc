#include "base/rs256.h"

#include <memory>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace dmw {
namespace {

constexpr int key_bits_min = 2048;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

/// No pass phrase is asked for at a terminal.
int no_pass_phrase(char* /*into*/, int /*size*/, int /*writing*/, void* /*unused*/) {
  return -1;
}

Key read_key(std::string_view pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                        BIO_free);
  ASSERT(bytes != nullptr);
  return {PEM_read_bio_PrivateKey(bytes.get(), nullptr, no_pass_phrase, nullptr), EVP_PKEY_free};
}

}  // namespace

Result<std::string> sign_rs256(const Private<std::string>& key_pem, std::string_view text) {
  const Key key = read_key(key_pem.reveal());
  if (key == nullptr) return fail(Errc::invalid, "the private key cannot be read as PEM");
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key.get()) < key_bits_min)
    return fail(Errc::invalid, "the private key is not an RSA key of at least 2,048 bits");
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  ASSERT(context != nullptr);
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t length = 0;
  const bool sized = EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
                     EVP_DigestSign(context.get(), nullptr, &length, bytes, text.size()) == 1;
  std::string signature(length, '\0');
  if (!sized || EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, bytes,
                               text.size()) != 1)
    return fail(Errc::invalid, "the private key does not sign");
  signature.resize(length);
  return signature;
}

}  // namespace dmw
