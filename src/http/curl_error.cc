#include "http/curl_error.h"

#include <cctype>
#include <system_error>

#include <curl/curl.h>

#include "base/format.h"
#include "base/words.h"
#include "http/silence.h"

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

std::string words_of(CURLcode code, std::string_view peer) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
      return format("{} is not reachable", peer);
    case CURLE_PARTIAL_FILE:
      return format("the answer of {} was truncated", peer);
    case CURLE_PEER_FAILED_VERIFICATION:
      return format("the certificate of {} is not trusted", peer);
    case CURLE_SSL_CACERT_BADFILE:
      return "the file of certificate authorities cannot be read";
    default:
      return format("{}: {}", peer, curl_easy_strerror(code));
  }
}

/// `detail`: further text from curl; may be empty.
std::string sentence_of(CURL* curl, CURLcode code, std::string_view detail, const ClientOptions& options) {
  if (code == CURLE_OPERATION_TIMEDOUT) return not_ready_in(curl, options.peer, options.connect_timeout);
  long error_number = 0;
  const std::string words = words_of(code, options.peer);
  if (code == CURLE_COULDNT_CONNECT && curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &error_number) == CURLE_OK &&
      error_number != 0) {
    std::string why = std::generic_category().message(static_cast<int>(error_number));
    why[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(why[0])));
    return format("{} ({})", words, why);
  }
  return detail.empty() ? words : format("{} ({})", words, detail);
}

}  // namespace

Error curl_error(void* curl, int code, std::string_view detail, const ClientOptions& options) {
  const auto failed = static_cast<CURLcode>(code);
  return {code_of(failed), sentence_of(curl, failed, detail, options), {}};
}

std::string not_ready_in(void* curl, std::string_view peer, std::chrono::milliseconds time) {
  // Where TCP has connected, the peer has not said a word of TLS.
  long local_port = 0;
  if (curl_easy_getinfo(curl, CURLINFO_LOCAL_PORT, &local_port) == CURLE_OK && local_port > 0)
    return silent_for(peer, time);
  return format("{} is not reachable (no connection in {})", peer,
                in_words(std::chrono::floor<std::chrono::seconds>(time)));
}

}  // namespace dmw::http
