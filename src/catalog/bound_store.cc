#include "catalog/bound_store.h"

namespace dmw::catalog {

Result<std::string> bound_store(db::Database& database) {
  const db::Rows rows = TRY(database.read("select value from catalog_info where key = 'store_id'"));
  return rows.empty() ? std::string() : rows.at(0).text(0);
}

}  // namespace dmw::catalog
