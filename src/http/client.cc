#include "http/client.h"

#include <array>
#include <utility>

#include <curl/curl.h>

#include "base/format.h"
#include "http/curl_error.h"
#include "http/transfer.h"

namespace dmw::http {

namespace {

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

/// scheme://host:port/path for sentences, without user information and without the query (which may name a patient).
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
  // Without the option curl looks into the environment.
  if (!options.proxy_of_environment) curl_easy_setopt(curl, CURLOPT_PROXY, options.proxy.c_str());
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
  std::shared_ptr<const Access> access;  // the access that the connection was made with

  void take_access() {
    std::shared_ptr<const Access> now = options.access ? options.access->get() : nullptr;
    if (curl != nullptr && now == access) return;
    access = std::move(now);
    // The kept connection, and the certificate authorities in its handle, belong to the previous access.
    curl.reset(curl_easy_init());
    ASSERT(curl != nullptr);
  }
};

Client::Client(ClientOptions options) {
  start_curl();
  while (options.base_url.ends_with('/')) options.base_url.pop_back();
  if (options.peer.empty())
    options.peer = options.unix_socket.empty() ? shown_url(options.base_url) : options.unix_socket;
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
  return perform(Transfer(), method, path, body, call);
}

Result<Response> Client::get_to(std::string_view path, const ByteSink& sink, const CallOptions& call) {
  return perform(Transfer(sink), "GET", path, {}, call);
}

Result<Response> Client::send_from(std::string_view method, std::string_view path, std::uint64_t size_bytes,
                                   const ByteSupply& supply, const CallOptions& call) {
  return perform(Transfer(supply, size_bytes), method, path, {}, call);
}

Result<Response> Client::perform(Transfer transfer, std::string_view method, std::string_view path,
                                 std::string_view body, const CallOptions& call) {
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
    fields.add("Expect:");  // otherwise curl waits a second for a 100 that many servers never send
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

  transfer.attach(curl, call, options);

  const CURLcode done = curl_easy_perform(curl);
  if (done == CURLE_OK) transfer.finish();
  if (transfer.stopped()) return during(*transfer.stopped(), doing);
  if (done == CURLE_OK) return std::move(transfer.response());
  if (options.silence) options.silence->forget();
  return during(curl_error(curl, done, detail.data(), options), doing);
}

}  // namespace dmw::http
