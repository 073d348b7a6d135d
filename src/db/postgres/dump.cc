#include "db/postgres/dump.h"

#include <cerrno>
#include <memory>
#include <string_view>
#include <vector>

#include <libpq-fe.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/format.h"
#include "db/postgres/url.h"

extern char** environ;

namespace dmw::db::postgres {
namespace {

/// A connection string without the password, which every user of the machine could read in the list of processes.
struct Reach {
  std::string without_password;
  std::string password;
};

std::string quoted(std::string_view value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

Result<Reach> reach_of(const std::string& url) {
  const std::string plain = TRY(libpq_url(url));
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(plain.c_str(), nullptr),
                                                                             PQconninfoFree);
  ASSERT(options != nullptr);
  Reach reach;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    if (std::string_view(option->keyword) == "password")
      reach.password = option->val;
    else
      reach.without_password += format("{}={} ", option->keyword, quoted(option->val));
  }
  return reach;
}

Result<> run(const std::vector<std::string>& command, const std::string& password) {
  std::vector<char*> argv;
  for (const std::string& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  std::string secret = "PGPASSWORD=" + password;
  std::vector<char*> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (password.empty() || !std::string_view(*variable).starts_with("PGPASSWORD=")) environment.push_back(*variable);
  }
  if (!password.empty()) environment.push_back(secret.data());
  environment.push_back(nullptr);
  pid_t child = -1;
  const int error = ::posix_spawnp(&child, argv[0], nullptr, nullptr, argv.data(), environment.data());
  if (error == ENOENT) return fail(Errc::not_found, format("the program {} is not in PATH", command[0]));
  if (error != 0) return fail_errno(error, "the start of " + command[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return fail_errno(errno, "the wait for " + command[0]);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fail(Errc::unavailable,
              format("{} failed ({} {}); its output is above", command[0], WIFSIGNALED(status) ? "signal" : "exit",
                     WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
}

}  // namespace

Result<> dump(const std::string& url, const std::filesystem::path& to) {
  const Reach reach = TRY(reach_of(url));
  TRY(run(
      {"pg_dump", "--format=custom", "--no-password", "--file=" + to.string(), "--dbname=" + reach.without_password},
      reach.password));
  return run({"pg_restore", "--file=/dev/null", to.string()}, "");
}

}  // namespace dmw::db::postgres
