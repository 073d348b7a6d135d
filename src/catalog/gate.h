// Gate: the catalog as the program sees it. It is shut until the database answers, has our schema and belongs to our
// store. All parts can therefore be created, and the intakes can open, while the database cannot be reached.
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

/// Any thread. While it is shut every transaction fails with `unavailable` and the cause. probe() tries to open it;
/// later it checks whether the database has become another catalog (a newer schema, another identity). That shuts the
/// gate until a probe finds the right one again. The probe that finds a cause logs it once, and also its end.
class Gate final : public db::Database {
 public:
  /// Checks that the catalog belongs to our store. Called once, after the migrations, before any other use of the
  /// catalog.
  using Bind = std::function<Result<>(db::Database&, const SchemaState&)>;

  struct State {
    bool open = false;
    bool asked = false;    ///< the first attempt to open it has ended
    std::string reason{};  ///< the cause while it is shut
  };

  Gate(std::unique_ptr<db::Database> database, Bind bind);

  /// Errors: unavailable (it is shut).
  Result<> admit() const;
  State state() const;
  /// The id of the opened catalog; nothing before.
  std::optional<SchemaState> schema() const;
  /// Call it only after the gate was opened.
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
  /// Checks that the catalog is still the opened one.
  Result<> compare(const SchemaState& opened);
  Result<> become(bool open, const Error& why);
  /// Notes that the database does not answer; the catalog may be unchanged. Returns the error.
  std::unexpected<Error> away(const Error& why);
  /// Call it with mutex_ held.
  void tell_trouble(const std::string& reason, bool is_refused);
  void tell_end(bool is_first);

  const std::unique_ptr<db::Database> database_;
  const Bind bind_;
  std::mutex opening_;        // held by the thread that tries to open
  mutable std::mutex mutex_;  // guards the members below
  State state_;
  std::optional<SchemaState> schema_;
  bool was_open_ = false;
  Causes told_;                            // of the present outage
  std::optional<Monotonic> away_since_{};  // set during an outage
};

}  // namespace dmw::catalog
