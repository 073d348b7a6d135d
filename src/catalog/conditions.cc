#include "catalog/conditions.h"

#include "base/format.h"

namespace dmw::catalog {
namespace {

std::string_view way_of(Walk walk) {
  return walk == Walk::forward ? "" : " desc";
}

}  // namespace

std::string Conditions::add(db::Value value) {
  parameters.push_back(std::move(value));
  return format("${}", parameters.size());
}

void Conditions::also(std::string_view left, db::Value value, std::string_view right) {
  sql += format(" and {} {}{}", left, add(std::move(value)), right);
}

void Conditions::also_equal(std::string_view column, const std::string& text) {
  if (!text.empty()) also(format("{} =", column), text);
}

void Conditions::also_flags(std::string_view column, Flags flags) {
  const std::string bits = add(static_cast<std::int64_t>(flags.bits()));
  sql += format(" and ({} & {}) = {}", column, bits, bits);
}

std::string Conditions::also_behind(std::string_view column, db::Value value, std::string_view id,
                                    std::int64_t id_value, Walk walk) {
  const std::string one = add(std::move(value));
  const std::string other = add(id_value);
  sql += format(" and ({}, {}) {} ({}, {})", column, id, walk == Walk::forward ? ">" : "<", one, other);
  return format("{0}{2}, {1}{2}", column, id, way_of(walk));
}

std::string Conditions::also_only(db::Engine engine, std::string_view column, db::Value value, std::string_view id,
                                  std::int64_t id_value, Walk walk) {
  if (engine == db::Engine::postgres) {
    also(format("{} {}", column, walk == Walk::forward ? "<=" : ">="), value);
    return also_behind(column, std::move(value), id, id_value, walk);
  }
  // SQLite uses the id of a comparison of pairs for no search in an index; it prefers an equality to everything else.
  also(format("{} =", column), std::move(value));
  also(format("{} {}", id, walk == Walk::forward ? ">" : "<"), id_value);
  return format("{}{}", id, way_of(walk));
}

std::string Conditions::limit(std::size_t rows) {
  return " limit " + add(static_cast<std::int64_t>(rows));
}

}  // namespace dmw::catalog
