#include "ingest/header_process.h"

#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"

extern char** environ;

namespace dmw::ingest {
namespace {

constexpr std::size_t answer_limit_bytes = 4U << 20U;

struct Pipe {
  File read_end;
  File write_end;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(errno, "pipe");
  return Pipe{File(ends[0]), File(ends[1])};
}

Result<pid_t> spawn(const std::filesystem::path& program, const std::vector<std::string>& arguments, int output) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  pid_t child = -1;
  const int error = ::posix_spawn(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail_errno(error, "start " + program.string());
  return child;
}

bool is_from_outside(int signal) {
  return signal == SIGKILL || signal == SIGTERM || signal == SIGINT || signal == SIGHUP;
}

/// Reads until the end; nullopt if that takes too long or the text is too long.
std::optional<std::string> read_until_end(const File& from, std::chrono::steady_clock::time_point deadline) {
  std::string text;
  char buffer[16384];
  while (text.size() <= answer_limit_bytes) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return std::nullopt;
    pollfd waiting{from.descriptor(), POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return std::nullopt;
    const ssize_t got = ::read(from.descriptor(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return std::nullopt;
}

}  // namespace

HeaderProcess::HeaderProcess(std::filesystem::path program, std::vector<std::string> arguments,
                             std::chrono::seconds limit)
    : program_(std::move(program)), arguments_(std::move(arguments)), limit_(limit) {}

Result<HeaderOutcome> HeaderProcess::read(const std::filesystem::path& file) const {
  std::vector<std::string> argv = {program_.string()};
  argv.insert(argv.end(), arguments_.begin(), arguments_.end());
  argv.push_back(file.string());
  Pipe pipe = TRY(make_pipe());
  const pid_t child = TRY(spawn(program_, argv, pipe.write_end.descriptor()));
  pipe.write_end = File();

  const std::optional<std::string> text = read_until_end(pipe.read_end, std::chrono::steady_clock::now() + limit_);
  if (!text) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!text)
    return fail(Errc::timeout, format("the process that reads the header did not answer within {} s", limit_.count()));
  // The signal came from outside, for example from the kernel when memory is short. That is not the fault of the file.
  if (WIFSIGNALED(status) && is_from_outside(WTERMSIG(status)))
    return fail(Errc::unavailable,
                format("the process that reads the header was ended by signal {}", WTERMSIG(status)));
  if (WIFSIGNALED(status)) return ChildCrashed{format("signal {}", WTERMSIG(status))};
  std::optional<Result<HeaderReading>> answered = parse(*text);
  if (!answered) return ChildCrashed{format("exit {}", WEXITSTATUS(status))};
  if (!*answered) return during(std::move(*answered).error(), "the reading of a header");
  return **std::move(answered);
}

std::string HeaderProcess::answer(const Result<HeaderReading>& read) {
  if (read && read->is_readable()) return to_json(read->attributes());
  const Refusal refusal = read ? read->refusal() : Refusal{read.error().code, read.error().message()};
  json::object answer;
  answer["refused"] = static_cast<std::int64_t>(refusal.code);
  answer["detail"] = refusal.detail;
  answer["study"] = refusal.study_uid.get();
  return json::serialize(answer);
}

std::optional<Result<HeaderReading>> HeaderProcess::parse(std::string_view text) {
  const Result<json::value> parsed = json::parse(text);
  if (!parsed || !parsed->is_object()) return std::nullopt;
  if (const auto code = json::get_int(parsed->get_object(), "refused")) {
    Refusal refusal{static_cast<Errc>(*code), json::get_string(parsed->get_object(), "detail").value_or(""),
                    StudyUid(json::get_string(parsed->get_object(), "study").value_or(""))};
    if (Error why{refusal.code, refusal.detail, {}}; why.transient()) return std::unexpected(std::move(why));
    return refusal;
  }
  Result<Attributes> attributes = attributes_from_json(text);
  if (!attributes) return std::nullopt;
  return *std::move(attributes);
}

void HeaderProcess::limit_this_process() {
  const rlimit memory{1U << 30U, 1U << 30U};
  const rlimit processor{10, 15};  // at the second limit the kernel sends SIGKILL, which looks like one from outside
  const rlimit core{0, 0};
  ::setrlimit(RLIMIT_AS, &memory);
  ::setrlimit(RLIMIT_CPU, &processor);
  ::setrlimit(RLIMIT_CORE, &core);
}

}  // namespace dmw::ingest
