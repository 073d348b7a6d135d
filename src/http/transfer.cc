#include "http/transfer.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <curl/curl.h>

#include "base/format.h"
#include "base/words.h"
#include "http/curl_error.h"

namespace dmw::http {

namespace {

constexpr std::size_t kRefusalBytes = 64 << 10;
constexpr std::size_t kHeaderBytes = 256 << 10;

}  // namespace

Transfer::~Transfer() {
  wait_no_more();
}

void Transfer::wait_for_peer() {
  if (silence_ != nullptr && !std::exchange(is_waiting_, true))
    silence_->begin(quiet_since_ = std::chrono::steady_clock::now());
}

void Transfer::wait_no_more() {
  if (std::exchange(is_waiting_, false)) silence_->end();
}

void Transfer::hear() {
  if (silence_ != nullptr) silence_->hear(quiet_since_ = std::chrono::steady_clock::now());
}

void Transfer::give_up() {
  stopped_ = Error{Errc::timeout, why_given_up(), {}};
  if (std::exchange(is_waiting_, false)) silence_->give_up(quiet_since_);
}

std::string Transfer::why_given_up() const {
  const std::string time = in_words(std::chrono::floor<std::chrono::seconds>(stall_timeout_));
  if (!is_connected_) return not_ready_in(curl_, peer_, stall_timeout_);
  if (header_bytes_ == 0) return silent_for(peer_, stall_timeout_);
  return format("{} stopped in the middle of its answer: no byte came for {}", peer_, time);
}

void Transfer::attach(void* curl, const CallOptions& call, const ClientOptions& peer) {
  curl_ = curl;
  stop_ = call.stop;
  peer_ = peer.peer;
  silence_ = peer.silence.get();
  stall_timeout_ = call.stall_timeout.value_or(peer.stall_timeout);
  body_limit_bytes_ = call.body_limit_bytes;
  if (sink_ != nullptr) head_ = call.head;
  last_progress_ = std::chrono::steady_clock::now();
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION,
                   static_cast<std::size_t (*)(char*, std::size_t, std::size_t, void*)>(
                       [](char* data, std::size_t, std::size_t size, void* to) {
                         return static_cast<Transfer*>(to)->take_header({data, size});
                       }));
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION,
                   static_cast<std::size_t (*)(char*, std::size_t, std::size_t, void*)>(
                       [](char* data, std::size_t, std::size_t size, void* to) {
                         return static_cast<Transfer*>(to)->take_body(as_bytes({data, size}));
                       }));
  // Called when the connection is established, with TLS, before the request is sent.
  curl_easy_setopt(curl, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION,
                   static_cast<int (*)(void*, char*, char*, int, int)>([](void* to, char*, char*, int, int) {
                     static_cast<Transfer*>(to)->is_connected_ = true;
                     static_cast<Transfer*>(to)->wait_for_peer();
                     return CURL_PREREQFUNC_OK;
                   }));
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION,
                   static_cast<int (*)(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t)>(
                       [](void* to, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up) {
                         return static_cast<Transfer*>(to)->look(down + up);
                       }));
  if (supply_ != nullptr) attach_supply(curl);
}

void Transfer::attach_supply(void* curl) {
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, nullptr);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(supply_bytes_));
  curl_easy_setopt(curl, CURLOPT_READDATA, this);
  curl_easy_setopt(
      curl, CURLOPT_READFUNCTION,
      static_cast<std::size_t (*)(char*, std::size_t, std::size_t, void*)>(
          [](char* data, std::size_t, std::size_t size, void* from) {
            return static_cast<Transfer*>(from)->supply_more(std::as_writable_bytes(std::span(data, size)));
          }));
  // If the server has closed a kept connection in the meantime, curl retries once, from the beginning of the body.
  curl_easy_setopt(curl, CURLOPT_SEEKDATA, this);
  curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION,
                   static_cast<int (*)(void*, curl_off_t, int)>([](void* from, curl_off_t offset, int origin) {
                     if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
                     static_cast<Transfer*>(from)->supplied_ = static_cast<std::uint64_t>(offset);
                     return CURL_SEEKFUNC_OK;
                   }));
}

std::size_t Transfer::refuse(Error error) {
  stopped_ = std::move(error);
  return 0;
}

std::size_t Transfer::take_header(std::string_view line) {
  hear();
  const std::size_t taken = line.size();
  header_bytes_ += taken;
  if (header_bytes_ > kHeaderBytes) return refuse({Errc::too_large, "the header of the answer is over 256 KiB", {}});
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // an interim answer (1xx) came before
    response_.headers = {};
    response_.status = 0;
    if (const auto space = line.find(' '); space != line.npos) {
      std::from_chars(line.data() + space + 1, line.data() + line.size(), response_.status);
    }
  } else if (const auto colon = line.find(':'); colon != line.npos) {
    response_.headers.add(std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1))));
  }
  return taken;
}

bool Transfer::judge_head() {
  if (!head_) return true;
  const Result<> judged = std::exchange(head_, nullptr)(response_);
  if (!judged) stopped_ = judged.error();
  return judged.has_value();
}

void Transfer::finish() {
  if (response_.success()) judge_head();
}

std::size_t Transfer::take_body(ByteView bytes) {
  hear();
  response_.body_bytes += bytes.size();
  if (sink_ != nullptr && response_.success()) {
    if (!judge_head()) return 0;
    wait_no_more();  // the time of the sink does not count as silence of the server
    const Result<> kept = (*sink_)(bytes);
    last_progress_ = std::chrono::steady_clock::now();
    wait_for_peer();
    if (!kept) return refuse(kept.error());
    return bytes.size();
  }
  const std::size_t limit = sink_ != nullptr ? kRefusalBytes : body_limit_bytes_;
  const std::size_t room = limit - response_.body.size();
  if (bytes.size() > room && sink_ == nullptr) {
    return refuse({Errc::too_large, format("the answer is over {} bytes", limit), {}});
  }
  response_.body.append(as_text(bytes.first(std::min(room, bytes.size()))));
  return bytes.size();
}

std::size_t Transfer::supply_more(std::span<std::byte> into) {
  into = into.first(std::min<std::uint64_t>(into.size(), supply_bytes_ - supplied_));
  if (into.empty()) return 0;
  hear();
  wait_no_more();  // the time of the supply does not count as silence of the server
  const Result<std::size_t> got = (*supply_)(supplied_, into);
  last_progress_ = std::chrono::steady_clock::now();
  wait_for_peer();
  if (got && *got > 0) {
    supplied_ += *got;
    return *got;
  }
  stopped_ = got ? Error{Errc::corrupted, "the body ended before its length", {}} : got.error();
  return CURL_READFUNC_ABORT;
}

int Transfer::look(std::int64_t bytes_moved) {
  if (stop_.stop_requested()) {
    stopped_ = Error{Errc::cancelled, "the request was cancelled", {}};
    return 1;
  }
  const Monotonic now = std::chrono::steady_clock::now();
  if (bytes_moved != bytes_moved_) {
    bytes_moved_ = bytes_moved;
    last_progress_ = now;
  } else if (now - last_progress_ >= stall_timeout_) {
    give_up();
    return 1;
  }
  return 0;
}

}  // namespace dmw::http
