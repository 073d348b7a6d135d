#include "catalog/sessions.h"

#include "catalog/writes.h"

namespace dmw::catalog {

using db::Type;

Result<> add_sessions(db::Transaction& transaction, std::span<const Session* const> sessions) {
  db::Batch rows({{"id", Type::integer},
                  {"correlation_id", Type::text},
                  {"kind", Type::integer},
                  {"source", Type::text},
                  {"calling_ae", Type::text},
                  {"called_ae", Type::text},
                  {"peer", Type::text},
                  {"traceparent", Type::text},
                  {"started_at", Type::integer}});
  for (const Session* session : sessions) {
    rows.add({session->id.get(), session->correlation_id.text(), static_cast<std::int64_t>(session->kind),
              session->source, db::text_or_null(session->calling_ae), db::text_or_null(session->called_ae),
              db::text_or_null(session->peer), db::text_or_null(session->traceparent), session->started_at});
  }
  TRY(transaction.bulk(
      "insert into sessions(id, correlation_id, kind, source, calling_ae, called_ae, peer, traceparent, started_at) "
      "select id, correlation_id, kind, source, calling_ae, called_ae, peer, traceparent, started_at from batch "
      "where true on conflict(id) do nothing",
      rows));
  return expect_all(TRY(transaction.bulk("select 1 from sessions where id = {any id}", rows)), rows, "sessions");
}

}  // namespace dmw::catalog
