// Gate: the catalog as the program sees it. It is shut until the database answers, has our schema and belongs to our
// store, so that everything else can be wired together, and the ways in can open, while the catalog is away.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/causes.h"
#include "base/clock.h"
#include "catalog/migrations.h"
#include "db/database.h"

namespace dmw::catalog {

/// Any thread. While it is shut every transaction ends in `unavailable`, in the words of the cause; probe() tries to
/// open it, and later looks whether it has become another catalog: with a newer schema, or another identity. That shuts
/// it again, until a probe finds it as it was. Whatever keeps the catalog away is told in the log once, by the probe
/// that finds it, and so is the end of it.
class Gate final : public db::Database {
 public:
  /// Whether the catalog is that of our store. Runs once, after the migrations, before anything else uses the catalog.
  using Bind = std::function<Result<>(db::Database&, const SchemaState&)>;

  struct State {
    bool open = false;
    bool asked = false;    ///< an attempt to open it has ended since the start
    std::string reason{};  ///< why it is shut
  };

  Gate(std::unique_ptr<db::Database> database, Bind bind);

  /// Errors: unavailable (it is shut).
  Result<> admit() const;
  State state() const;
  /// Of the catalog that was opened; nothing before.
  std::optional<SchemaState> schema() const;
  /// Only once it has been opened.
  Uuid catalog_id() const;

  db::Engine engine() const override { return database_->engine(); }
  Result<std::unique_ptr<db::Transaction>> begin(db::Access access) override;
  Result<> exclusively(std::string_view name, const std::function<Result<>()>& act) override;
  /// Errors: unavailable (shut, with the cause), and those of the database.
  Result<> probe() override;
  Result<> change_login(const std::string& url) override { return database_->change_login(url); }
  void end_waits_at(Monotonic deadline) override { database_->end_waits_at(deadline); }

 private:
  Result<SchemaState> open();
  /// Whether the catalog is still the one that was opened.
  Result<> compare(const SchemaState& opened);
  Result<> become(bool open, const Error& why);
  /// The database does not answer, and the catalog may be what it was. Returns the error.
  std::unexpected<Error> away(const Error& why);
  /// With mutex_ held.
  void tell_trouble(const std::string& reason, bool is_refused);
  void tell_end(bool is_first);

  const std::unique_ptr<db::Database> database_;
  const Bind bind_;
  std::mutex opening_;        // held by the one who tries
  mutable std::mutex mutex_;  // guards what follows
  State state_;
  std::optional<SchemaState> schema_;
  bool was_open_ = false;
  Causes told_;                            // of the trouble that goes on
  std::optional<Monotonic> away_since_{};  // set while there is one
};

}  // namespace dmw::catalog
