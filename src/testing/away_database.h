// A database that wraps another one, for tests that inject faults between the two.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string_view>

#include "db/database.h"

namespace dmw {

/// Forwards every call to another database.
class ForwardingDatabase : public db::Database {
 public:
  explicit ForwardingDatabase(db::Database& behind) : behind_(behind) {}

  db::Engine engine() const override { return behind_.engine(); }
  Result<std::unique_ptr<db::Transaction>> begin(db::Access access) override { return behind_.begin(access); }
  Result<> exclusively(std::string_view name, const std::function<Result<>()>& act) override {
    return behind_.exclusively(name, act);
  }
  Result<> probe() override { return behind_.probe(); }
  void end_waits_at(Monotonic deadline) override { behind_.end_waits_at(deadline); }

 private:
  db::Database& behind_;
};

/// A database that a test can make unavailable.
class AwayDatabase final : public ForwardingDatabase {
 public:
  using ForwardingDatabase::ForwardingDatabase;

  Result<std::unique_ptr<db::Transaction>> begin(db::Access access) override {
    TRY(admit());
    return ForwardingDatabase::begin(access);
  }
  Result<> exclusively(std::string_view name, const std::function<Result<>()>& act) override {
    TRY(admit());
    return ForwardingDatabase::exclusively(name, act);
  }
  Result<> probe() override {
    ++probes;
    TRY(admit());
    return ForwardingDatabase::probe();
  }

  std::atomic<bool> away = false;
  std::atomic<int> probes = 0;

 private:
  Result<> admit() const { return away ? Result<>(fail(Errc::unavailable, "the server is away")) : Result<>(); }
};

}  // namespace dmw
