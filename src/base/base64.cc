#include "base/base64.h"

#include <algorithm>

#include <openssl/evp.h>

#include "base/result.h"

namespace dmw {

std::string base64(ByteView bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // the last byte is OpenSSL's NUL
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  ASSERT(length >= 0);
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::string base64url(ByteView bytes) {
  std::string text = base64(bytes);
  text.resize(text.size() - static_cast<std::size_t>(std::ranges::count(text, '=')));
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3, '\0');
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  if (text.size() % 4 != 0) return std::nullopt;
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(length) - std::min(padding, static_cast<std::size_t>(length)));
  // OpenSSL passes over blanks, and takes bits that no encoder sets.
  if (base64(as_bytes(bytes)) != text) return std::nullopt;
  return bytes;
}

}  // namespace dmw
