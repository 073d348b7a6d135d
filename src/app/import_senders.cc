#include "app/import_senders.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/json.h"
#include "http/client.h"
#include "http/target.h"
#include "model/origin.h"

namespace dmw::app {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr std::size_t connections = 16;
constexpr std::size_t name_bytes_max = 500;
constexpr std::size_t files_waiting_max = 64;
constexpr auto silence_max = 60s;
/// Attempts for one file while the server answers others.
constexpr int broken_max = 120;
/// The server answers after 30 s at the latest, plus the time of a slow disk.
constexpr auto answer_max = 120s;
constexpr auto pause = 1s;
constexpr std::uint64_t asked_for_bytes = 1U << 20U;

std::optional<FileEnding> ending_of(const json::object& answer) {
  const std::string outcome = json::get_string(answer, "outcome").value_or("");
  if (outcome == "new") return FileEnding::added;
  if (outcome == "same") return FileEnding::same;
  if (outcome == "set_aside") return FileEnding::set_aside;
  if (outcome == "kept") return FileEnding::kept;
  return std::nullopt;
}

/// The end of a path, because a path may be longer than a request line allows.
std::string last_part(const std::string& name) {
  return shown_name(name.size() <= name_bytes_max ? name : "…" + name.substr(name.size() - name_bytes_max));
}

/// Whether this status refuses all files; other statuses concern this file only.
bool refuses_all(int status) {
  return status == 401 || status == 403 || status == 404 || status == 405 || status == 422;
}

}  // namespace

ImportSenders::ImportSenders(const Remote& remote, const Uuid& import, ImportTally& tally,
                             std::chrono::milliseconds timeout)
    : remote_(remote), path_(format("/api/v1/imports/{}/files", import.text())), tally_(tally), timeout_(timeout) {
  for (std::size_t i = 0; i < connections; ++i) threads_.emplace_back([this] { run(); });
}

ImportSenders::~ImportSenders() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

Result<> ImportSenders::send(ImportFile file) {
  std::unique_lock lock(mutex_);
  while (files_.size() >= files_waiting_max && !failed_) {
    changed_.wait_for(lock, 100ms);
    tally_.tick();
  }
  if (failed_) return std::unexpected(*failed_);
  files_.push_back(std::move(file));
  changed_.notify_all();
  return {};
}

Result<> ImportSenders::finish() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  for (std::jthread& thread : threads_) thread.join();
  threads_.clear();
  left_ += files_.size();
  if (failed_) return std::unexpected(*failed_);
  return {};
}

void ImportSenders::run() {
  http::Client client = remote_.client();
  while (const std::optional<ImportFile> file = next()) {
    const Result<> sent = deliver(client, *file);
    if (!sent) return give_up(sent.error());
    tally_.tick();
  }
}

std::optional<ImportFile> ImportSenders::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_ || failed_ || !files_.empty(); });
  if (failed_ || files_.empty()) return std::nullopt;
  ImportFile file = std::move(files_.front());
  files_.pop_front();
  changed_.notify_all();
  return file;
}

Result<> ImportSenders::deliver(http::Client& client, const ImportFile& file) {
  http::CallOptions call;
  call.headers = {{"Content-Type", "application/dicom"}};
  // With 100-continue a large file that is refused is not sent at all.
  if (file.size_bytes >= asked_for_bytes) call.headers.add("Expect", "100-continue");
  call.stall_timeout = answer_max;
  const http::ByteSupply supply = [&](std::uint64_t offset, std::span<std::byte> into) {
    return file.file.read_at(offset, into);
  };
  const std::string path = path_ + "?name=" + http::percent_encode(last_part(file.name));
  const Steady::time_point began = Steady::now();
  Steady::time_point since = began;
  for (int broken = 0;;) {
    const Result<http::Response> response = client.send_from("POST", path, file.size_bytes, supply, call);
    if (response && response->success()) return note_answer(*response, file);
    if (response && (response->status == 503 || response->status == 507)) {
      since = Steady::now();
      TRY(wait_for_room(problem_of(*response), began));
      continue;
    }
    if (response && refuses_all(response->status)) return std::unexpected(problem_of(*response));
    const Error why = response ? problem_of(*response) : response.error();
    const bool passing = !response && (why.code == Errc::unavailable || why.code == Errc::timeout);
    if (passing && ++broken < broken_max) {
      // If a file is refused before the end of its body, it looks like a broken connection.
      if (remote_.get("/health")) since = Steady::now();
      TRY(wait_a_moment(why, since));
      continue;
    }
    tally_.add(FileEnding::failed, file.name, 0, why.message());
    return {};
  }
}

Result<> ImportSenders::note_answer(const http::Response& response, const ImportFile& file) {
  tally_.waits_for("");
  const Result<json::value> body = json::parse(response.body);
  const json::object* const answer = body && body->is_object() ? &body->get_object() : nullptr;
  const std::optional<FileEnding> ending = answer != nullptr ? ending_of(*answer) : std::nullopt;
  if (!ending) return fail(Errc::unsupported, "the answer has no outcome: has serve the same version as this command?");
  tally_.add(*ending, file.name, file.size_bytes, json::get_string(*answer, "reason").value_or(""));
  const std::lock_guard lock(mutex_);
  taken_at_ = Steady::now();
  return {};
}

Result<> ImportSenders::wait_a_moment(const Error& why, Steady::time_point since) {
  if (Steady::now() - since > silence_max)
    return fail(Errc::unavailable, "no answer for a minute (" + why.what +
                                       "); run the same command again: files that are already known are quick");
  tally_.waits_for("waiting: " + why.what);
  tally_.tick();
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, pause, [this] { return failed_.has_value(); });
  if (failed_) return std::unexpected(*failed_);
  return {};
}

Result<> ImportSenders::wait_for_room(const Error& why, Steady::time_point began) {
  const Steady::time_point now = Steady::now();
  {
    const std::lock_guard lock(mutex_);
    if (now - std::max(began, taken_at_) >= timeout_) {
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout_).count();
      return fail(Errc::full, format("no file was accepted for {} s (--timeout): {}. Run the same command again when "
                                     "there is free space: files that are already known are quick",
                                     seconds, why.what));
    }
  }
  return wait_a_moment(why, now);
}

void ImportSenders::give_up(const Error& why) {
  const std::lock_guard lock(mutex_);
  ++left_;
  if (!failed_) failed_ = why;
  changed_.notify_all();
}

}  // namespace dmw::app
