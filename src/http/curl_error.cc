#include "http/curl_error.h"

#include <cctype>
#include <system_error>

#include <curl/curl.h>

#include "base/format.h"

namespace dmw::http {

namespace {

Errc code_of(CURLcode code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_SSL_CACERT_BADFILE:
      return Errc::invalid;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
      return Errc::unauthorized;
    case CURLE_OPERATION_TIMEDOUT:
      return Errc::timeout;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return Errc::corrupted;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return Errc::internal;
    default:
      return Errc::unavailable;
  }
}

std::string_view words_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
      return "not reachable";
    case CURLE_PARTIAL_FILE:
      return "the body was truncated";
    case CURLE_PEER_FAILED_VERIFICATION:
      return "the certificate of the server is not trusted";
    case CURLE_SSL_CACERT_BADFILE:
      return "the file of certificate authorities cannot be read";
    case CURLE_OPERATION_TIMEDOUT:
      return "connecting took too long";
    default:
      return curl_easy_strerror(code);
  }
}

/// `detail`: further text from curl; may be empty.
std::string sentence_of(CURL* curl, CURLcode code, std::string_view detail) {
  long error_number = 0;
  if (code == CURLE_COULDNT_CONNECT && curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &error_number) == CURLE_OK &&
      error_number != 0) {
    std::string why = std::generic_category().message(static_cast<int>(error_number));
    why[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(why[0])));
    return format("not reachable ({})", why);
  }
  return detail.empty() ? std::string(words_of(code)) : format("{} ({})", words_of(code), detail);
}

}  // namespace

Error curl_error(void* curl, int code, std::string_view detail) {
  const auto failed = static_cast<CURLcode>(code);
  return {code_of(failed), sentence_of(curl, failed, detail), {}};
}

}  // namespace dmw::http
