#include "config/toml_file.h"

#include <algorithm>

#include <toml++/toml.h>

#include "base/format.h"
#include "base/result.h"
#include "config/sections.h"
#include "config/text.h"

namespace dmw::config {
namespace {

Result<std::string> scalar(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* truth = node.as_boolean()) return std::string(truth->get() ? "true" : "false");
  return fail(Errc::invalid, "the value must be text, a whole number, true, false or a list of these");
}

Result<std::string> text_of(const toml::node& node) {
  if (node.is_table())
    return fail(Errc::invalid,
                "this section is not known; settings are keys at the top level, sections are orthanc.NAME, kafka.NAME, "
                "settle.source.NAME and settle.ae.TITLE");
  const toml::array* list = node.as_array();
  if (list == nullptr) return scalar(node);
  std::string joined;
  for (const toml::node& item : *list) {
    if (!joined.empty()) joined += ',';
    joined += TRY(scalar(item));
  }
  return joined;
}

/// Walks the sections that there are: four levels at most, whatever a file nests.
class Sections {
 public:
  Sections(std::string_view file, Entries& out) : file_(file), out_(out) {}

  bool read(const toml::key& key, const toml::node& node) {
    if (!node.is_table()) return false;
    if (key.str() == "settle") {
      read_settle(*node.as_table());
    } else if (is_section_kind(key.str())) {
      for (const auto& [name, members] : *node.as_table())
        read({.of = std::string(key.str()), .name = std::string(name.str()), .place = place(name), .lists = true},
             members);
    } else {
      return false;
    }
    return true;
  }

 private:
  void read_settle(const toml::table& settle) {
    for (const auto& [kind, names] : settle) {
      const bool known = kind.str() == "source" || kind.str() == "ae";
      if (!known || !names.is_table()) {
        complain(kind, format("settle.{}", quotable(kind.str())),
                 "is not known; sections are settle.source.NAME and settle.ae.TITLE");
        continue;
      }
      for (const auto& [name, members] : *names.as_table()) {
        read({.of = format("settle.{}", kind.str()),
              .name = std::string(name.str()),
              .place = place(name),
              .inner = kind.str() == "source" && is_section_kind(name.str())},
             members);
      }
    }
  }

  struct Section {
    std::string of;  // `settle.source`
    std::string name;
    std::string place;
    bool lists = false;  // a value of it may be a list
    bool inner = false;  // a section in it has a name with a dot, `[settle.source.orthanc.NAME]`
  };

  void read(const Section& section, const toml::node& members) {
    const std::string shown_name = format("{}.{}", section.of, quotable(section.name));
    if (!members.is_table()) {
      out_.errors.push_back(format("{}: {}: is not a section", section.place, shown_name));
      return;
    }
    if (members.as_table()->empty()) out_.sections.push_back({section.of, section.name, "", "", section.place});
    for (const auto& [key, node] : *members.as_table()) {
      if (section.inner && node.is_table()) {
        read({.of = section.of, .name = format("{}.{}", section.name, key.str()), .place = place(key)}, node);
        continue;
      }
      Result<std::string> text = section.lists ? text_of(node) : scalar(node);
      if (!text) {
        complain(key, format("{}.{}", shown_name, quotable(key.str())), text.error().what);
        continue;
      }
      out_.sections.push_back({section.of, section.name, std::string(key.str()), std::move(*text), place(key)});
    }
  }

  std::string place(const toml::key& key) const { return format("{}:{}", file_, key.source().begin.line); }
  void complain(const toml::key& key, const std::string& what, std::string_view problem) {
    out_.errors.push_back(format("{}: {}: {}", place(key), what, problem));
  }

  std::string_view file_;
  Entries& out_;
};

}  // namespace

Entries parse_toml(std::string_view text, std::string_view file) {
  Entries out;
  try {
    const toml::table root = toml::parse(text);
    for (const auto& [key, node] : root) {
      if (Sections(file, out).read(key, node)) continue;
      const std::string place = format("{}:{}", file, key.source().begin.line);
      Result<std::string> value = text_of(node);
      if (!value) {
        out.errors.push_back(format("{}: {}: {}", place, quotable(key.str()), value.error().what));
      } else if (lower(key.str()) != key.str()) {
        out.errors.push_back(
            format("{}: {} is written in lower case here: {}", place, quotable(key.str()), quotable(lower(key.str()))));
      } else {
        out.entries.push_back({std::string(key.str()), std::move(*value), place});
      }
    }
  } catch (const toml::parse_error& error) {
    // The description of toml++ quotes at most the text up to the first character that it did not expect.
    out.errors.push_back(format("{}:{}: {}", file, error.source().begin.line, quotable(error.description())));
  }
  return out;
}

}  // namespace dmw::config
