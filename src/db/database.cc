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
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? 1 : 0;
  if (const auto* real = std::get_if<double>(&value)) return static_cast<std::int64_t>(*real);
  return 0;
}

const std::string& Row::text(std::size_t column) const {
  static const std::string empty;
  const auto* text = std::get_if<std::string>(&values_.at(column));
  return text == nullptr ? empty : *text;
}

ByteView Row::bytes(std::size_t column) const {
  const Value& value = values_.at(column);
  if (const auto* text = std::get_if<std::string>(&value)) return as_bytes(*text);
  if (const auto* bytes = std::get_if<Blob>(&value)) return *bytes;
  return {};
}

void Batch::add(Values row) {
  ASSERT(row.size() == columns_.size());
  for (std::size_t i = 0; i < row.size(); ++i)
    ASSERT(std::holds_alternative<Null>(row[i]) || fits(row[i], columns_[i].type));
  rows_.push_back(std::move(row));
}

bool may_be_of_rows(const Error& error) {
  switch (error.code) {
    case Errc::unauthorized:
    case Errc::unavailable:
    case Errc::timeout:
    case Errc::retry:
    case Errc::full:
    case Errc::stale:
    case Errc::cancelled:
      return false;
    default:
      return true;
  }
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
