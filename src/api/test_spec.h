// SpecCheck: compares answers with the specification, for tests. It knows as much of JSON Schema as openapi.json uses,
// and fails on any other keyword.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/format.h"
#include "base/json.h"
#include "http/client.h"

namespace dmw::api {

class SpecCheck {
 public:
  explicit SpecCheck(std::string_view text) : root_(json::parse(text).value().get_object()) {}

  const json::object& root() const { return root_; }
  const json::object& paths() const { return root_.at("paths").as_object(); }

  /// The answer to `method target` must be one of those that the specification gives; what is in no path is only looked
  /// at by the caller.
  void check(std::string_view method, std::string_view target, const http::Response& response) const {
    const std::string_view path = target.substr(0, target.find('?'));
    const json::object* const operations = match(path);
    if (operations == nullptr) return;
    std::string verb(method);
    for (char& c : verb) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    const json::value* const operation = operations->if_contains(verb);
    if (operation == nullptr) return;
    const std::string where = format("{} {} {}", method, path, response.status);
    const json::value* const said = operation->at("responses").as_object().if_contains(std::to_string(response.status));
    ASSERT_NE(said, nullptr) << where << " is not in the specification";
    const json::value* const content = resolved(*said).as_object().if_contains("content");
    if (content == nullptr) return;
    const std::string_view type = response.headers.get("Content-Type").value_or("");
    const json::value* const media = content->as_object().if_contains(type.substr(0, type.find(';')));
    ASSERT_NE(media, nullptr) << where << " has the type " << type;
    if (type.find("json") == type.npos) return;
    const auto body = json::parse(response.body);
    ASSERT_TRUE(body) << where << " is not JSON";
    const auto wrong = objections(media->at("schema"), *body);
    EXPECT_TRUE(wrong.empty()) << where << ": " << testing::PrintToString(wrong);
  }

  /// What of `value` is not as `schema` says.
  std::vector<std::string> objections(const json::value& schema, const json::value& value) const {
    std::vector<std::string> found;
    look(resolved(schema).as_object(), value, "", found);
    return found;
  }
  /// Follows `$ref`.
  const json::value& resolved(const json::value& value) const {
    const json::value* const reference = value.as_object().if_contains("$ref");
    if (reference == nullptr) return value;
    std::string_view pointer = reference->as_string();
    const json::object* at = &root_;
    pointer.remove_prefix(2);
    for (;;) {
      const auto slash = pointer.find('/');
      const json::value& next = at->at(pointer.substr(0, slash));
      if (slash == pointer.npos) return next;
      at = &next.as_object();
      pointer.remove_prefix(slash + 1);
    }
  }

 private:
  static std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> segments;
    for (;;) {
      const auto slash = path.find('/');
      segments.push_back(path.substr(0, slash));
      if (slash == path.npos) return segments;
      path.remove_prefix(slash + 1);
    }
  }

  const json::object* match(std::string_view path) const {
    const json::object* found = nullptr;
    const auto segments = split(path);
    for (const auto& [pattern, operations] : paths()) {
      const auto wanted = split(pattern);
      bool fits = wanted.size() == segments.size();
      for (std::size_t i = 0; fits && i < segments.size(); ++i) {
        fits = wanted[i].starts_with('{') || wanted[i] == segments[i];
      }
      if (fits && (found == nullptr || std::string_view(pattern).find('{') == std::string_view::npos)) {
        found = &operations.as_object();
      }
    }
    return found;
  }

  static bool has_type(std::string_view type, const json::value& value) {
    if (type == "null") return value.is_null();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_int64() || value.is_uint64();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_bool();
    if (type == "array") return value.is_array();
    return type == "object" && value.is_object();
  }

  using Found = std::vector<std::string>;

  void look(const json::object& schema, const json::value& value, const std::string& at, Found& found) const {
    static const std::set<std::string_view> ignored = {
        "description", "format", "default", "contentMediaType", "$schema", "$id", "title", "$defs", "uniqueItems"};
    for (const auto& [member, rule] : schema) {
      const std::string_view keyword = member;
      bool good = true;
      if (keyword == "type") {
        good = rule.is_string() ? has_type(rule.as_string(), value) : false;
        if (rule.is_array()) {
          for (const json::value& type : rule.get_array()) good = good || has_type(type.as_string(), value);
        }
      } else if (keyword == "const") {
        good = rule == value;
      } else if (keyword == "enum") {
        good = false;
        for (const json::value& one : rule.as_array()) good = good || one == value;
      } else if (keyword == "minimum") {
        good = !value.is_int64() || value.get_int64() >= rule.as_int64();
      } else if (keyword == "minLength") {
        good = !value.is_string() || static_cast<std::int64_t>(value.get_string().size()) >= rule.as_int64();
      } else if (keyword == "minItems" || keyword == "maxItems") {
        const auto size = value.is_array() ? static_cast<std::int64_t>(value.get_array().size()) : rule.as_int64();
        good = keyword == "minItems" ? size >= rule.as_int64() : size <= rule.as_int64();
      } else if (keyword == "required") {
        good = has_all(rule.as_array(), value);
      } else if (keyword == "oneOf") {
        int fitting = 0;
        for (const json::value& one : rule.as_array()) fitting += objections(one, value).empty() ? 1 : 0;
        good = fitting == 1;
      } else if (keyword == "properties" || keyword == "additionalProperties") {
        look_at_members(schema, value, at, keyword == "properties", found);
      } else if (keyword == "items") {
        look_at_items(rule, value, at, found);
      } else if (keyword != "pattern") {
        good = ignored.contains(keyword);
      }
      if (!good) found.push_back(format("{}: {}", at.empty() ? "/" : at, keyword));
    }
  }

  static bool has_all(const json::array& names, const json::value& value) {
    if (!value.is_object()) return true;
    for (const json::value& name : names) {
      if (!value.get_object().contains(std::string_view(name.as_string()))) return false;
    }
    return true;
  }

  void look_at_items(const json::value& rule, const json::value& value, const std::string& at, Found& found) const {
    if (!value.is_array()) return;
    std::size_t index = 0;
    for (const json::value& item : value.get_array()) {
      look(resolved(rule).as_object(), item, format("{}/{}", at, index++), found);
    }
  }

  void look_at_members(const json::object& schema, const json::value& value, const std::string& at, bool declared,
                       Found& found) const {
    if (!value.is_object()) return;
    const json::value* const properties = schema.if_contains("properties");
    for (const auto& [name, member] : value.get_object()) {
      const std::string below = format("{}/{}", at, std::string_view(name));
      const json::value* const rule = properties == nullptr ? nullptr : properties->as_object().if_contains(name);
      if (declared) {
        if (rule != nullptr) look(resolved(*rule).as_object(), member, below, found);
      } else if (rule == nullptr) {
        const json::value& others = schema.at("additionalProperties");
        if (others.is_object()) {
          look(resolved(others).as_object(), member, below, found);
        } else if (!others.as_bool()) {
          found.push_back(below + ": is not in the specification");
        }
      }
    }
  }

  json::object root_;
};

}  // namespace dmw::api
