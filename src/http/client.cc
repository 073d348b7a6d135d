#include "http/client.h"

#include <array>
#include <cctype>
#include <charconv>
#include <system_error>
#include <utility>

#include <curl/curl.h>

#include "base/format.h"

namespace dmw::http {

namespace {

constexpr std::size_t kRefusalBytes = 64 << 10;
constexpr std::size_t kHeaderBytes = 256 << 10;
using Steady = std::chrono::steady_clock;

void start_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  ASSERT(started == CURLE_OK);
}

struct FieldList {
  curl_slist* first = nullptr;
  FieldList() = default;
  FieldList(const FieldList&) = delete;
  FieldList& operator=(const FieldList&) = delete;
  ~FieldList() { curl_slist_free_all(first); }
  void add(const std::string& line) {
    curl_slist* const longer = curl_slist_append(first, line.c_str());
    ASSERT(longer != nullptr);
    first = longer;
  }
};

bool is_field_value(std::string_view value) {
  return value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos;
}

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
      return "the certificate of the peer is not trusted";
    case CURLE_SSL_CACERT_BADFILE:
      return "the file of certificate authorities cannot be read";
    case CURLE_OPERATION_TIMEDOUT:
      return "the connection was not made in time";
    default:
      return curl_easy_strerror(code);
  }
}

/// `detail`: what curl says more; may be empty.
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

/// scheme://host:port/path for a sentence: without user information, and without the query (it may name a patient).
std::string shown_url(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const auto scheme_end = url.find("://");
  if (scheme_end == url.npos) return std::string(url);
  const auto host = scheme_end + 3;
  const auto authority = url.substr(host, url.find('/', host) - host);
  const auto at = authority.rfind('@');
  if (at == authority.npos) return std::string(url);
  return std::string(url.substr(0, host)).append(url.substr(host + at + 1));
}

void set_peer(CURL* curl, const ClientOptions& options, const Access* access) {
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_PROXY, options.proxy.c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.unix_socket.empty()) curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, options.unix_socket.c_str());
  if (access == nullptr) return;
  if (!access->ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, access->ca_file.c_str());
  if (!access->username.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(curl, CURLOPT_USERNAME, access->username.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, access->password.reveal().c_str());
  }
}

void set_method(CURL* curl, const std::string& verb, std::string_view body) {
  if (verb == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (verb != "GET" || !body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, verb.c_str());
  }
}

}  // namespace

struct Client::Handle {
  ClientOptions options;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl{nullptr, curl_easy_cleanup};
  std::shared_ptr<const Access> access;  // with which the connection was made

  void take_access() {
    std::shared_ptr<const Access> now = options.access ? options.access->get() : nullptr;
    if (curl != nullptr && now == access) return;
    access = std::move(now);
    // A kept connection, and the authorities that its handle remembers, are those of the access before.
    curl.reset(curl_easy_init());
    ASSERT(curl != nullptr);
  }
};

/// One request in flight: where its answer goes, and why it was stopped.
struct Client::Transfer {
  Response response;
  const ByteSink* sink = nullptr;
  const ByteSupply* supply = nullptr;
  std::uint64_t supply_bytes = 0;
  std::uint64_t supplied = 0;
  std::size_t body_limit_bytes = 0;
  std::size_t header_bytes = 0;
  std::stop_token stop;
  std::chrono::milliseconds stall_timeout{};
  Steady::time_point last_progress = Steady::now();
  curl_off_t bytes_moved = 0;
  std::optional<Error> stopped;
  Silence* silence = nullptr;
  bool waiting = false;            // for the peer, as the silence was told
  Steady::time_point quiet_since;  // as it was told, too

  ~Transfer() { wait_no_more(); }

  void wait_for_peer() {
    if (silence != nullptr && !std::exchange(waiting, true)) silence->begin(quiet_since = Steady::now());
  }
  void wait_no_more() {
    if (std::exchange(waiting, false)) silence->end();
  }
  void hear() {
    if (silence != nullptr) silence->hear(quiet_since = Steady::now());
  }
  /// No byte moved for so long that the call ends.
  void give_up() {
    stopped = Error{Errc::timeout, format("no byte moved for {} ms", stall_timeout.count()), {}};
    if (std::exchange(waiting, false)) silence->give_up(quiet_since);
  }

  std::size_t refuse(Error error) {
    stopped = std::move(error);
    return 0;
  }

  std::size_t take_header(std::string_view line) {
    hear();
    const std::size_t taken = line.size();
    header_bytes += taken;
    if (header_bytes > kHeaderBytes) return refuse({Errc::too_large, "the peer's header is over 256 KiB", {}});
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {  // an interim answer (1xx) came before
      response.headers = {};
      response.status = 0;
      if (const auto space = line.find(' '); space != line.npos) {
        std::from_chars(line.data() + space + 1, line.data() + line.size(), response.status);
      }
    } else if (const auto colon = line.find(':'); colon != line.npos) {
      response.headers.add(std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1))));
    }
    return taken;
  }

  std::size_t take_body(ByteView bytes) {
    hear();
    response.body_bytes += bytes.size();
    if (sink != nullptr && response.success()) {
      wait_no_more();  // the time that the sink takes is not the peer's
      const Result<> kept = (*sink)(bytes);
      last_progress = Steady::now();
      wait_for_peer();
      if (!kept) return refuse(kept.error());
      return bytes.size();
    }
    const std::size_t limit = sink != nullptr ? kRefusalBytes : body_limit_bytes;
    const std::size_t room = limit - response.body.size();
    if (bytes.size() > room && sink == nullptr) {
      return refuse({Errc::too_large, format("the answer is over {} bytes", limit), {}});
    }
    response.body.append(as_text(bytes.first(std::min(room, bytes.size()))));
    return bytes.size();
  }

  std::size_t supply_more(std::span<std::byte> into) {
    into = into.first(std::min<std::uint64_t>(into.size(), supply_bytes - supplied));
    if (into.empty()) return 0;
    hear();
    wait_no_more();  // the time that the supply takes is not the peer's
    const Result<std::size_t> got = (*supply)(supplied, into);
    last_progress = Steady::now();
    wait_for_peer();
    if (got && *got > 0) {
      supplied += *got;
      return *got;
    }
    stopped = got ? Error{Errc::corrupted, "the body ended before its length", {}} : got.error();
    return CURL_READFUNC_ABORT;
  }

  int look(curl_off_t moved) {
    if (stop.stop_requested()) {
      stopped = Error{Errc::cancelled, "the request was cancelled", {}};
      return 1;
    }
    const auto now = Steady::now();
    if (moved != bytes_moved) {
      bytes_moved = moved;
      last_progress = now;
    } else if (now - last_progress >= stall_timeout) {
      give_up();
      return 1;
    }
    return 0;
  }
};

Client::Client(ClientOptions options) {
  start_curl();
  while (options.base_url.ends_with('/')) options.base_url.pop_back();
  handle_ = std::make_unique<Handle>();
  handle_->options = std::move(options);
  handle_->take_access();
}

Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Response> Client::get(std::string_view path, const CallOptions& call) {
  return request("GET", path, {}, call);
}

Result<Response> Client::post(std::string_view path, std::string_view body, const CallOptions& call) {
  return request("POST", path, body, call);
}

Result<Response> Client::request(std::string_view method, std::string_view path, std::string_view body,
                                 const CallOptions& call) {
  Transfer transfer;
  TRY(perform(transfer, method, path, body, call));
  return std::move(transfer.response);
}

Result<Response> Client::get_to(std::string_view path, const ByteSink& sink, const CallOptions& call) {
  Transfer transfer;
  transfer.sink = &sink;
  TRY(perform(transfer, "GET", path, {}, call));
  return std::move(transfer.response);
}

Result<Response> Client::send_from(std::string_view method, std::string_view path, std::uint64_t size_bytes,
                                   const ByteSupply& supply, const CallOptions& call) {
  Transfer transfer;
  transfer.supply = &supply;
  transfer.supply_bytes = size_bytes;
  TRY(perform(transfer, method, path, {}, call));
  return std::move(transfer.response);
}

void Client::set_supply(void* curl, Transfer& transfer) {
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, nullptr);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer.supply_bytes));
  curl_easy_setopt(curl, CURLOPT_READDATA, &transfer);
  curl_easy_setopt(
      curl, CURLOPT_READFUNCTION,
      static_cast<std::size_t (*)(char*, std::size_t, std::size_t, void*)>(
          [](char* data, std::size_t, std::size_t size, void* from) {
            return static_cast<Transfer*>(from)->supply_more(std::as_writable_bytes(std::span(data, size)));
          }));
  // A kept connection that the peer has closed in the meantime is tried once more, from the beginning of the body.
  curl_easy_setopt(curl, CURLOPT_SEEKDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION,
                   static_cast<int (*)(void*, curl_off_t, int)>([](void* from, curl_off_t offset, int origin) {
                     if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
                     static_cast<Transfer*>(from)->supplied = static_cast<std::uint64_t>(offset);
                     return CURL_SEEKFUNC_OK;
                   }));
}

void Client::set_callbacks(void* curl, Transfer& transfer) {
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION,
                   static_cast<std::size_t (*)(char*, std::size_t, std::size_t, void*)>(
                       [](char* data, std::size_t, std::size_t size, void* to) {
                         return static_cast<Transfer*>(to)->take_header({data, size});
                       }));
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION,
                   static_cast<std::size_t (*)(char*, std::size_t, std::size_t, void*)>(
                       [](char* data, std::size_t, std::size_t size, void* to) {
                         return static_cast<Transfer*>(to)->take_body(as_bytes({data, size}));
                       }));
  // Called when a connection stands, its TLS too, before anything is asked on it.
  curl_easy_setopt(curl, CURLOPT_PREREQDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION,
                   static_cast<int (*)(void*, char*, char*, int, int)>([](void* to, char*, char*, int, int) {
                     static_cast<Transfer*>(to)->wait_for_peer();
                     return CURL_PREREQFUNC_OK;
                   }));
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION,
                   static_cast<int (*)(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t)>(
                       [](void* to, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up) {
                         return static_cast<Transfer*>(to)->look(down + up);
                       }));
}

Result<> Client::perform(Transfer& transfer, std::string_view method, std::string_view path, std::string_view body,
                         const CallOptions& call) {
  const ClientOptions& options = handle_->options;
  handle_->take_access();
  CURL* const curl = handle_->curl.get();
  if (!is_token(method)) return fail(Errc::invalid, "the method is not a token");
  if (!path.starts_with('/')) return fail(Errc::invalid, "the path of a request begins with a slash");
  const std::string url = options.base_url + std::string(path);
  const std::string verb(method);
  const std::string doing = format("{} {}", verb, shown_url(url));

  FieldList fields;
  if (!call.headers.get("Expect"))
    fields.add("Expect:");  // curl would wait a second for a 100 that many peers never send
  if (!call.headers.get("Content-Type")) fields.add("Content-Type:");
  for (const auto& [name, value] : call.headers) {
    if (!is_token(name) || !is_field_value(value)) return fail(Errc::invalid, "a header field is malformed");
    fields.add(value.empty() ? name + ";" : name + ": " + value);
  }

  curl_easy_reset(curl);  // keeps the connection
  std::array<char, CURL_ERROR_SIZE> detail{};
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail.data());
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  set_peer(curl, options, handle_->access.get());
  set_method(curl, verb, body);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields.first);

  transfer.stop = call.stop;
  transfer.stall_timeout = call.stall_timeout.value_or(options.stall_timeout);
  transfer.body_limit_bytes = call.body_limit_bytes;
  transfer.silence = options.silence.get();
  set_callbacks(curl, transfer);
  if (transfer.supply != nullptr) set_supply(curl, transfer);

  const CURLcode done = curl_easy_perform(curl);
  if (transfer.stopped) return during(std::move(*transfer.stopped), doing);
  if (done == CURLE_OK) return {};
  if (options.silence) options.silence->forget();
  return during(Error{code_of(done), sentence_of(curl, done, detail.data()), {}}, doing);
}

Result<> expect_success(const Response& response) {
  if (response.success()) return {};
  const auto code = [&] {
    switch (response.status) {
      case 401:
      case 403:
        return Errc::unauthorized;
      case 404:
        return Errc::not_found;
      case 408:
        return Errc::timeout;
      case 409:
      case 412:
        return Errc::conflict;
      case 410:
        return Errc::gone;
      case 413:
        return Errc::too_large;
      case 415:
        return Errc::unsupported;
      case 507:
        return Errc::full;
      default:
        return response.status == 429 || response.status >= 500 ? Errc::unavailable : Errc::invalid;
    }
  }();
  return fail(code, format("the peer answered {}", response.status));
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace dmw::http
