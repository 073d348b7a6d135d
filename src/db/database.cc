#include "db/database.h"

#include <algorithm>
#include <random>
#include <thread>

namespace dmw::db {
namespace {

bool fits(const Value& value, Type type) {
  switch (type) {
    case Type::boolean:
      return std::holds_alternative<bool>(value);
    case Type::integer:
      return std::holds_alternative<std::int64_t>(value);
    case Type::real:
      return std::holds_alternative<double>(value);
    case Type::text:
    case Type::json:
    case Type::date:
      return std::holds_alternative<std::string>(value);
    case Type::bytes:
      return std::holds_alternative<Blob>(value);
  }
  return false;
}

}  // namespace

Blob blob(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

Value text_or_null(std::string_view text) {
  if (text.empty()) return Null{};
  return std::string(text);
}

std::int64_t Row::integer(std::size_t column) const {
  const Value& value = values_.at(column);
  if (std::holds_alternative<Null>(value)) return 0;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? 1 : 0;
  if (const auto* real = std::get_if<double>(&value)) return static_cast<std::int64_t>(*real);
  ASSERT(std::holds_alternative<std::int64_t>(value));
  return std::get<std::int64_t>(value);
}

const std::string& Row::text(std::size_t column) const {
  static const std::string empty;
  const Value& value = values_.at(column);
  if (std::holds_alternative<Null>(value)) return empty;
  ASSERT(std::holds_alternative<std::string>(value));
  return std::get<std::string>(value);
}

ByteView Row::bytes(std::size_t column) const {
  const Value& value = values_.at(column);
  if (std::holds_alternative<Null>(value)) return {};
  if (const auto* text = std::get_if<std::string>(&value)) return as_bytes(*text);
  ASSERT(std::holds_alternative<Blob>(value));
  return std::get<Blob>(value);
}

void Batch::add(Values row) {
  ASSERT(row.size() == columns_.size());
  for (std::size_t i = 0; i < row.size(); ++i)
    ASSERT(std::holds_alternative<Null>(row[i]) || fits(row[i], columns_[i].type));
  rows_.push_back(std::move(row));
}

Result<Rows> Database::read(std::string_view sql, const Values& parameters) {
  const std::unique_ptr<Transaction> transaction = TRY(begin(Access::read));
  return transaction->query(sql, parameters);
}

void Database::wait_before_retry(int tried) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const int most_ms = 4 << std::min(tried, 6);
  std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution(1, most_ms)(random)));
}

}  // namespace dmw::db
