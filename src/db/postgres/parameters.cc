#include "db/postgres/parameters.h"

#include <bit>
#include <cstring>

#include <endian.h>

#include "base/format.h"

namespace dmw::db::postgres {
namespace {

struct Element {
  std::string_view array;  // the type of the array parameter
  std::uint32_t oid;       // of one element: pg_type.dat
};

Element element(Type type) {
  switch (type) {
    case Type::boolean:
      return {"boolean[]", 16};
    case Type::integer:
      return {"bigint[]", 20};
    case Type::real:
      return {"double precision[]", 701};
    case Type::bytes:
      return {"bytea[]", 17};
    case Type::text:
    case Type::json:
    case Type::date:
      break;
  }
  return {"text[]", 25};
}

/// From the array's type to the column's.
std::string_view cast(Type type) {
  if (type == Type::json) return "::jsonb";
  return type == Type::date ? "::date" : "";
}

void put32(std::string& to, std::uint32_t value) {
  const std::uint32_t big = htobe32(value);
  to.append(reinterpret_cast<const char*>(&big), sizeof big);
}

void put64(std::string& to, std::uint64_t value) {
  const std::uint64_t big = htobe64(value);
  to.append(reinterpret_cast<const char*>(&big), sizeof big);
}

/// Length and bytes, as the type's receive function takes them; NULL is the length -1.
void put_element(std::string& to, const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) {
    put32(to, 1);
    to += *flag ? '\1' : '\0';
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    put32(to, 8);
    put64(to, static_cast<std::uint64_t>(*integer));
  } else if (const auto* real = std::get_if<double>(&value)) {
    put32(to, 8);
    put64(to, std::bit_cast<std::uint64_t>(*real));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    put32(to, static_cast<std::uint32_t>(text->size()));
    to += *text;
  } else if (const auto* bytes = std::get_if<Blob>(&value)) {
    put32(to, static_cast<std::uint32_t>(bytes->size()));
    to += as_text(*bytes);
  } else {
    put32(to, 0xffffffffU);
  }
}

}  // namespace

Result<> Parameters::add(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) {
    push(*flag ? "1" : "0", 1, false);  // what both a boolean and an integer column take
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    push_owned(format("{}", *integer), false);
  } else if (const auto* real = std::get_if<double>(&value)) {
    push_owned(format("{}", *real), false);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    // libpq takes text up to the first zero: it would be cut short without a word.
    if (text->find('\0') != std::string::npos) return fail(Errc::data, "a text holds the character U+0000");
    push(text->c_str(), text->size(), false);
  } else if (const auto* bytes = std::get_if<Blob>(&value)) {
    // A null pointer would be NULL.
    push(bytes->empty() ? "" : reinterpret_cast<const char*>(bytes->data()), bytes->size(), true);
  } else {
    push(nullptr, 0, false);
  }
  return {};
}

void Parameters::add_column(const Batch& batch, std::size_t column) {
  std::string array;
  array.reserve(20 + batch.size() * 32);
  put32(array, 1);  // dimensions
  put32(array, 1);  // there may be NULLs
  put32(array, element(batch.columns()[column].type).oid);
  put32(array, static_cast<std::uint32_t>(batch.size()));
  put32(array, 1);  // lower bound
  for (const Values& row : batch.rows()) put_element(array, row[column]);
  push_owned(std::move(array), true);
}

void Parameters::push(const char* value, std::size_t length, bool binary) {
  values_.push_back(value);
  lengths_.push_back(static_cast<int>(length));
  formats_.push_back(binary ? 1 : 0);
}

void Parameters::push_owned(std::string value, bool binary) {
  const std::string& kept = owned_.emplace_back(std::move(value));
  push(kept.c_str(), kept.size(), binary);
}

std::string relation(const Batch& batch, std::size_t first_parameter) {
  std::string names;
  std::string selected;
  std::string arrays;
  for (std::size_t i = 0; i < batch.columns().size(); ++i) {
    const auto& [name, type] = batch.columns()[i];
    const std::string_view comma = i == 0 ? "" : ", ";
    names += format("{}{}", comma, name);
    selected += format("{}u.{}{}", comma, name, cast(type));
    arrays += format("{}${}::{}", comma, first_parameter + i, element(type).array);
  }
  return format("batch({0}) as (select {1} from unnest({2}) as u({0}))", names, selected, arrays);
}

}  // namespace dmw::db::postgres
