#include "catalog/dead_letters.h"

#include <algorithm>
#include <map>

#include "base/crash_point.h"
#include "base/format.h"
#include "catalog/conditions.h"
#include "catalog/event_log.h"
#include "catalog/requests.h"
#include "catalog/rows.h"
#include "catalog/writes.h"

namespace dmw::catalog {
namespace {

constexpr std::string_view columns =
    "number, id, stage, cause, detail, advice, attempts, first_failed_at, last_failed_at, state, source, calling_ae, "
    "correlation_id, "
    "traceparent, object_key, size_bytes, origin_resource, original_payload, discard_reason, study_uid, origin";

Stage stage_of(const std::string& text) {
  for (const Stage stage : {Stage::fetch, Stage::header, Stage::store, Stage::record}) {
    if (name(stage) == text) return stage;
  }
  return Stage::record;
}

DeadLetter letter_of(const db::Row& row) {
  DeadLetter letter;
  letter.number = row.integer(0);
  letter.id = Uuid::parse(row.text(1)).value_or(Uuid());
  letter.stage = stage_of(row.text(2));
  letter.cause = row.text(3);
  letter.detail = row.text(4);
  letter.advice = row.text(5);
  letter.attempts = static_cast<int>(row.integer(6));
  letter.first_failed_at = row.integer(7);
  letter.last_failed_at = row.integer(8);
  letter.state = static_cast<DeadLetterState>(row.integer(9));
  letter.source = row.text(10);
  letter.calling_ae = row.text(11);
  letter.correlation_id = Uuid::parse(row.text(12)).value_or(Uuid());
  letter.traceparent = row.text(13);
  letter.object_key = row.text(14);
  letter.size_bytes = static_cast<std::uint64_t>(row.integer(15));
  letter.origin_resource = row.text(16);
  letter.original_payload = row.text(17);
  letter.discard_reason = row.text(18);
  letter.study_uid = StudyUid(row.text(19));
  letter.origin = row.text(20);
  return letter;
}

/// True when this is news: a new dead letter, or one whose replay failed again. `letter` becomes what is kept of it.
Result<bool> write(db::Transaction& transaction, DeadLetter& letter) {
  const db::Rows before =
      TRY(transaction.query("select state, attempts from dead_letters where id = $1 {for_update}", {letter.id.text()}));
  if (before.empty()) {
    const db::Row made = TRY(write_one(
        transaction, "dead_letters",
        "insert into dead_letters(id, stage, cause, detail, advice, attempts, first_failed_at, last_failed_at, source, "
        "calling_ae, "
        "correlation_id, traceparent, object_key, size_bytes, origin_resource, original_payload, study_uid, origin) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) returning number",
        {letter.id.text(), std::string(name(letter.stage)), letter.cause, letter.detail, letter.advice,
         std::int64_t{letter.attempts}, letter.first_failed_at, letter.last_failed_at, letter.source,
         db::text_or_null(letter.calling_ae), letter.correlation_id.text(), db::text_or_null(letter.traceparent),
         db::text_or_null(letter.object_key), static_cast<std::int64_t>(letter.size_bytes),
         column(letter.origin_resource), letter.original_payload, db::text_or_null(letter.study_uid.get()),
         db::text_or_null(letter.origin)}));
    letter.number = made.integer(0);
    return true;
  }
  const db::Row after = TRY(
      write_one(transaction, "dead_letters",
                "update dead_letters set attempts = attempts + 1, last_failed_at = $2, stage = $3, "
                "cause = $4, detail = $5, advice = $6, state = 0, discard_reason = null, "
                "study_uid = coalesce($7, study_uid), "
                "size_bytes = case when object_key is null then $9 else size_bytes end, "
                "object_key = coalesce(object_key, $8), origin = coalesce(origin, $10) where id = $1 "
                "returning attempts, first_failed_at, number, origin",
                {letter.id.text(), letter.last_failed_at, std::string(name(letter.stage)), letter.cause, letter.detail,
                 letter.advice, db::text_or_null(letter.study_uid.get()), db::text_or_null(letter.object_key),
                 static_cast<std::int64_t>(letter.size_bytes), db::text_or_null(letter.origin)}));
  if (after.integer(0) <= before.at(0).integer(1)) return std::unexpected(change_dropped("dead_letters"));
  letter.attempts = static_cast<int>(after.integer(0));
  letter.first_failed_at = after.integer(1);
  letter.number = after.integer(2);
  letter.origin = after.text(3);
  return static_cast<DeadLetterState>(before.at(0).integer(0)) != DeadLetterState::open;
}

}  // namespace

Result<std::vector<DeadLetter>> DeadLetters::bury(std::span<const Burial> burials, const Tell& tell) {
  std::map<Uuid, const Burial*> in_order;  // so that two who bury the same letters cannot wait for each other
  for (const Burial& burial : burials) in_order.emplace(burial.letter.id, &burial);
  return database_.write([&](db::Transaction& transaction) -> Result<std::vector<DeadLetter>> {
    std::vector<Event> events;
    std::vector<DeadLetter> told;
    for (const auto& [id, burial] : in_order) {
      DeadLetter letter = burial->letter;
      if (!TRY(write(transaction, letter))) continue;
      events.push_back(tell(letter));
      told.push_back(std::move(letter));
    }
    for (const Burial& burial : burials) {
      if (burial.claim) TRY(Requests::fail_for_good(transaction, *burial.claim, burial.letter.detail));
    }
    if (!events.empty()) TRY(append(transaction, events));
    crash_point("bury.before_commit");
    return told;
  });
}

Result<std::optional<DeadLetter>> DeadLetters::get(const std::string& id_or_number) {
  const bool number = !id_or_number.empty() && id_or_number.size() < 19 &&
                      std::ranges::all_of(id_or_number, [](char c) { return c >= '0' && c <= '9'; });
  const std::string sql = std::string("select ")
                              .append(columns)
                              .append(" from dead_letters where ")
                              .append(number ? "number = $1" : "id = $1");
  const db::Rows rows =
      TRY(database_.read(sql, {number ? db::Value(std::int64_t{std::stoll(id_or_number)}) : db::Value(id_or_number)}));
  if (rows.empty()) return std::nullopt;
  return letter_of(rows.at(0));
}

Result<std::vector<DeadLetter>> DeadLetters::list(const DeadLetterFilter& filter) {
  Conditions where{"true", {}};
  std::string order;
  const auto also = [&](std::string_view column, db::Value value) {
    // The first that is asked for leads; the one before it finds fewer.
    if (order.empty())
      order =
          where.also_only(database_.engine(), column, std::move(value), "number", filter.after_number, Walk::forward);
    else
      where.also(format("{} =", column), std::move(value));
  };
  if (!filter.study.empty()) also("study_uid", filter.study);
  if (!filter.cause.empty()) also("cause", filter.cause);
  if (!filter.source.empty()) also("source", filter.source);
  if (!filter.stage.empty()) also("stage", filter.stage);
  if (filter.state) also("state", static_cast<std::int64_t>(*filter.state));
  if (order.empty()) {
    where.also("number >", filter.after_number);
    order = "number";
  }
  if (filter.since) where.also("last_failed_at >=", *filter.since);
  if (filter.until) where.also("last_failed_at <", *filter.until);
  const std::string sql = format("select {} from dead_letters where {} order by {}{}", columns, where.sql, order,
                                 where.limit(filter.limit));
  std::vector<DeadLetter> letters;
  for (const db::Row& row : TRY(database_.read(sql, where.parameters))) letters.push_back(letter_of(row));
  return letters;
}

Result<> DeadLetters::change_state(const Uuid& id, DeadLetterState from, DeadLetterState to) {
  return database_.write([&](db::Transaction& transaction) { return change_state(transaction, id, from, to); });
}

Result<> DeadLetters::change_state(db::Transaction& transaction, const Uuid& id, DeadLetterState from,
                                   DeadLetterState to) {
  TRY(transaction.query("update dead_letters set state = $3 where id = $1 and state = $2",
                        {id.text(), static_cast<std::int64_t>(from), static_cast<std::int64_t>(to)}));
  return expect_none(TRY(transaction.query("select 1 from dead_letters where id = $1 and state = $2",
                                           {id.text(), static_cast<std::int64_t>(from)})),
                     "dead_letters");
}

Result<std::vector<std::int64_t>> DeadLetters::discard(std::span<const std::int64_t> numbers, const std::string& reason,
                                                       const std::string& actor) {
  db::Batch rows({{"number", db::Type::integer}});
  for (const std::int64_t number : std::set<std::int64_t>(numbers.begin(), numbers.end())) rows.add({number});
  std::vector<std::int64_t> discarded;
  if (rows.empty()) return discarded;
  return database_.write([&](db::Transaction& transaction) -> Result<std::vector<std::int64_t>> {
    discarded.clear();
    const db::Rows found = TRY(
        transaction.bulk("update dead_letters set state = 3, discard_reason = $1 where number = {any number} and state "
                         "in (0, 1) returning number, id",
                         rows, {reason}));
    db::Batch notes({{"subject", db::Type::text}});
    for (const db::Row& row : found) {
      discarded.push_back(row.integer(0));
      notes.add({row.text(1)});
    }
    TRY(expect_none(
        TRY(transaction.bulk("select 1 from dead_letters where number = {any number} and state in (0, 1)", rows)),
        "dead_letters"));
    TRY(write_all(transaction, "audit",
                  "insert into audit(at, actor, action, subject, detail) "
                  "select {now}, $1, 'dead_letter.discard', subject, $2 from batch",
                  notes, {actor, reason}));
    return discarded;
  });
}

Result<std::vector<std::int64_t>> close_arrived(db::Transaction& transaction, const std::set<std::string>& resources,
                                                const std::string& advice) {
  db::Batch rows({{"resource", db::Type::text}});
  for (const std::string& resource : resources) rows.add({resource});
  std::vector<std::int64_t> numbers;
  if (rows.empty()) return numbers;
  // As the index is made (schema 5).
  const db::Rows closed = TRY(
      transaction.bulk("update dead_letters set state = 2, advice = $1 where stage = 'fetch' and state in (0, 1) and "
                       "origin_resource is not null and origin_resource = {any resource} returning number",
                       rows, {advice}));
  TRY(expect_none(TRY(transaction.bulk("select 1 from dead_letters where stage = 'fetch' and state in (0, 1) and "
                                       "origin_resource is not null and origin_resource = {any resource}",
                                       rows)),
                  "dead_letters"));
  for (const db::Row& row : closed) numbers.push_back(row.integer(0));
  return numbers;
}

Result<std::map<Stage, std::int64_t>> DeadLetters::count_open() {
  std::map<Stage, std::int64_t> counts;
  const db::Rows rows = TRY(database_.read("select stage, count(*) from dead_letters where state = 0 group by stage"));
  for (const db::Row& row : rows) counts[stage_of(row.text(0))] += row.integer(1);
  return counts;
}

}  // namespace dmw::catalog
