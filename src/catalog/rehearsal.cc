#include "catalog/rehearsal.h"

#include "base/format.h"

namespace dmw::catalog {

Result<> rehearse(db::Database& database, std::string_view what,
                  const std::function<Result<>(db::Transaction& transaction)>& act) {
  TRY(database.probe());  // another schema explains every refusal, and says so
  bool taken = false;
  const Result<> ended = database.write([&](db::Transaction& transaction) -> Result<> {
    taken = false;
    TRY(act(transaction));
    // What a commit would check.
    if (database.engine() == db::Engine::postgres) TRY(transaction.script("set constraints all immediate"));
    taken = true;
    return fail(Errc::cancelled, "a rehearsal is never committed");
  });
  if (taken) return {};
  if (!db::may_be_of_rows(ended.error())) return ended;
  return fail(
      Errc::unavailable,
      format("the catalog refuses even {} that is known to be valid: {}; undo the change that was made to the database",
             what, ended.error().message()));
}

}  // namespace dmw::catalog
