#include "catalog/request_rows.h"

#include "base/json.h"

namespace dmw::catalog {

const std::string_view request_columns =
    "id, request_id, source, study, instances, closes, priority, state, correlation_id, client_correlation, "
    "traceparent, repeats, "
    "attempts, interrupted, created_at, updated_at, finished_at, last_error, study_uids, instances_found, "
    "instances_fetched, look, erasures_before";

std::string list_text(const std::vector<std::string>& items) {
  return json::serialize(json::array(items.begin(), items.end()));
}

Result<std::vector<std::string>> list_of(const std::string& text) {
  std::vector<std::string> items;
  if (text.empty()) return items;
  const json::value parsed = TRY(json::parse(text));
  if (!parsed.is_array()) return fail(Errc::internal, "a list in the catalog is not a JSON array");
  for (const json::value& item : parsed.get_array()) {
    if (item.is_string()) items.emplace_back(item.get_string());
  }
  return items;
}

Uuid uuid_of(const std::string& text) {
  return Uuid::parse(text).value_or(Uuid::of_name(Uuid(), text));
}

ReadRequest request_of(const db::Row& row) {
  ReadRequest read;
  Request& request = read.request;
  const auto list = [&](int column, std::string_view name) {
    Result<std::vector<std::string>> items = list_of(row.text(static_cast<std::size_t>(column)));
    if (items) return *std::move(items);
    if (!read.unreadable) read.unreadable = during(items.error(), "the read of " + std::string(name)).error();
    return std::vector<std::string>();
  };
  request.id = row.integer(0);
  request.request_id = uuid_of(row.text(1));
  request.source = row.text(2);
  request.study = row.text(3);
  request.instances = list(4, "its instances");
  request.closes = row.boolean(5);
  request.priority = static_cast<RequestPriority>(row.integer(6));
  request.state = static_cast<RequestState>(row.integer(7));
  request.correlation_id = uuid_of(row.text(8));
  request.client_correlation = row.text(9);
  request.traceparent = row.text(10);
  request.repeats = static_cast<int>(row.integer(11));
  request.attempts = static_cast<int>(row.integer(12));
  request.interrupted = row.boolean(13);
  request.created_at = row.integer(14);
  request.updated_at = row.integer(15);
  if (!row.is_null(16)) request.finished_at = row.integer(16);
  request.last_error = row.text(17);
  request.study_uids = list(18, "its studies");
  request.instances_found = row.integer(19);
  request.instances_fetched = row.integer(20);
  request.look = static_cast<int>(row.integer(21));
  request.erasures_before = row.integer(22);
  if (read.unreadable) request.last_error = read.unreadable->message();
  return read;
}

}  // namespace dmw::catalog
