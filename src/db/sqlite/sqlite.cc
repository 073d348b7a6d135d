#include "db/sqlite/sqlite.h"

#include <array>
#include <cerrno>
#include <numeric>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/format.h"
#include "db/pool.h"
#include "db/sqlite/connection.h"
#include "db/statement.h"

namespace dmw::db::sqlite {
namespace {

constexpr Dialect dialect{"dmw_now()", "", "", "(select ", " from batch)"};
constexpr std::chrono::seconds turn_timeout{30};
constexpr std::chrono::milliseconds exclusive_patience{1'000};
constexpr std::chrono::milliseconds exclusive_poll{20};

using Lease = Pool<Connection>::Lease;

class SqliteTransaction final : public Transaction {
 public:
  explicit SqliteTransaction(Lease lease) : lease_(std::move(lease)) {}
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;
  ~SqliteTransaction() override { roll_back(); }

  Result<Rows> query(std::string_view sql, const Values& parameters) override {
    Rows rows;
    TRY(keep(run(expand(sql, dialect), parameters, {}, rows)));
    return rows;
  }

  Result<Rows> bulk(std::string_view sql, const Batch& batch, const Values& parameters) override {
    const std::string text = with_batch(relation(batch), expand(sql, dialect));
    Rows rows;
    for (const Values& row : batch.rows()) TRY(keep(run(text, parameters, row, rows)));
    return rows;
  }

  /// There is one writer at a time, and the next id is the one after the highest.
  Result<std::vector<std::int64_t>> reserve_ids(std::string_view table, std::size_t count) override {
    if (count == 0) return std::vector<std::int64_t>();
    const Rows rows = TRY(query(format("select coalesce(max(id), 0) from {}", table), {}));
    std::vector<std::int64_t> ids(count);
    std::iota(ids.begin(), ids.end(), rows.at(0).integer(0) + 1);
    return ids;
  }

  Result<> script(std::string_view sql) override {
    if (failed_) return std::unexpected(*failed_);
    return keep(lease_.item->run_script(expand(sql, dialect)));
  }

  Result<> commit() override {
    Rows none;
    TRY(keep(run("commit", {}, {}, none)));
    return {};
  }

 private:
  static std::string relation(const Batch& batch) {
    std::string names;
    std::string values;
    for (std::size_t i = 0; i < batch.columns().size(); ++i) {
      const std::string_view comma = i == 0 ? "" : ", ";
      names += format("{}{}", comma, batch.columns()[i].name);
      values += format("{}@b{}", comma, i + 1);
    }
    return format("batch({}) as (select {})", names, values);
  }

  Result<> run(const std::string& sql, const Values& parameters, const Values& row, Rows& rows) {
    if (failed_) return std::unexpected(*failed_);
    return lease_.item->run(sql, parameters, row, rows);
  }

  /// As in PostgreSQL, the first error ends the transaction: a bulk that broke off half way must not be committed.
  Result<> keep(Result<> result) {
    if (!result && !failed_) {
      failed_ = result.error();
      roll_back();
    }
    return result;
  }

  void roll_back() {
    if (!lease_.item || !lease_.item->in_transaction()) return;
    if (!lease_.item->run_script("rollback")) lease_.item.reset();  // closing a connection rolls back as well
  }

  Lease lease_;
  std::optional<Error> failed_;
};

/// Shown to processes that wait for the lock.
void write_pid(const File& lock) {
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(lock.descriptor(), 0) == 0) static_cast<void>(::pwrite(lock.descriptor(), pid.data(), pid.size(), 0));
}

std::string pid_in(const File& lock) {
  std::array<char, 20> text{};
  const ssize_t length = ::pread(lock.descriptor(), text.data(), text.size(), 0);
  return length <= 0 ? "" : format(" (pid {})", std::string_view(text.data(), static_cast<std::size_t>(length)));
}

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(const Options& options) : options_(options), writers_(1), readers_(options.readers_max) {}
  /// Only to look at it.
  static std::unique_ptr<SqliteDatabase> only_to_look(const Options& options, std::unique_ptr<Connection> reader) {
    auto database = std::make_unique<SqliteDatabase>(options);
    database->only_to_look_ = true;
    database->readers_.take({})->item = std::move(reader);
    return database;
  }
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;
  ~SqliteDatabase() override {
    const std::optional<Lease> lease = writers_.take({});
    if (lease && lease->item) lease->item->checkpoint();
  }

  Engine engine() const override { return Engine::sqlite; }

  Result<std::unique_ptr<Transaction>> begin(Access access) override {
    if (access == Access::write && only_to_look_)
      return fail(Errc::internal, "this database was opened for reading only");
    std::optional<Lease> lease = (access == Access::write ? writers_ : readers_).take(turn_timeout);
    if (!lease) return fail(Errc::timeout, format("waited {} s for the SQLite database in vain", turn_timeout.count()));
    if (!lease->item)
      lease->item = TRY(only_to_look_ ? Connection::open_to_look(options_) : Connection::open(options_, access, end_));
    const Result<> begun = lease->item->run_script(access == Access::write ? "begin immediate" : "begin deferred");
    if (!begun && begun.error().code == Errc::retry)
      return fail(Errc::unavailable, format("the SQLite file {} is locked by another process", options_.path.string()));
    TRY(begun);
    return std::make_unique<SqliteTransaction>(std::move(*lease));
  }

  Result<> exclusively(std::string_view name, const std::function<Result<>()>& act) override {
    const std::filesystem::path lock = format("{}.{}.lock", options_.path.string(), name);
    const File file = TRY(File::open(lock, O_RDWR | O_CREAT, 0640));
    const auto deadline = std::chrono::steady_clock::now() + exclusive_patience;
    while (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) return fail_errno(errno, format("the lock {}", lock.string()));
      if (std::chrono::steady_clock::now() > deadline)
        return fail(Errc::unavailable, format("the lock {} is held by another process{}", lock.string(), pid_in(file)));
      if (end_.load() != Monotonic::max()) return fail(Errc::cancelled, "the program stops");
      std::this_thread::sleep_for(exclusive_poll);
    }
    write_pid(file);
    return act();
  }

  /// Writes: a full disk shows only then.
  Result<> probe() override {
    const std::unique_ptr<Transaction> transaction = TRY(begin(Access::write));
    TRY(transaction->script("pragma application_id = 1145919281"));
    return transaction->commit();
  }

  /// A wait here is always for another process that has locked the file.
  void end_waits_at(Monotonic deadline) override { end_ = deadline; }

  /// A file that another process has locked is opened by the first transaction after that.
  Result<> open_writer() {
    end_ = Monotonic::min();
    Result<std::unique_ptr<Connection>> writer = Connection::open(options_, Access::write, end_);
    end_ = Monotonic::max();
    if (writer) writers_.take({})->item = std::move(*writer);
    if (!writer && writer.error().code != Errc::retry) return std::unexpected(writer.error());
    return {};
  }

 private:
  const Options options_;
  bool only_to_look_ = false;
  EndOfWaits end_ = Monotonic::max();  // outlives the connections
  Pool<Connection> writers_;
  Pool<Connection> readers_;
};

/// SQLite would make the file readable for everybody; its log takes over the mode of the file.
Result<> create(const std::filesystem::path& path) {
  const std::filesystem::path directory = path.has_parent_path() ? path.parent_path() : ".";
  TRY(make_directories(directory));
  TRY(File::open(path, O_RDWR | O_CREAT, 0640));
  return sync_directory(directory);
}

}  // namespace

Result<std::unique_ptr<Database>> open(const Options& options) {
  const std::string doing = format("the opening of the database {}", options.path.string());
  if (Result<> created = create(options.path); !created) return during(created.error(), doing);
  auto database = std::make_unique<SqliteDatabase>(options);
  if (const Result<> opened = database->open_writer(); !opened) return during(opened.error(), doing);
  return database;
}

Result<std::unique_ptr<Database>> open_to_look(const std::filesystem::path& path, std::string if_damaged) {
  const Options options{.path = path, .readers_max = 1, .if_damaged = std::move(if_damaged)};
  Result<std::unique_ptr<Connection>> reader = Connection::open_to_look(options);
  if (!reader) return during(reader.error(), format("the opening of the database {}", path.string()));
  return SqliteDatabase::only_to_look(options, std::move(*reader));
}

}  // namespace dmw::db::sqlite
