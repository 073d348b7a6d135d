// Conversion of text to the type of a member. One overload per type; the table selects it by the member of the setting.
#pragma once

#include <optional>
#include <type_traits>

#include "config/setting.h"

namespace dmw::config {

// Errors of all: invalid; `what` has the words that follow the value in a message ("is not a port").
Result<> read(const Setting& setting, std::string_view text, std::string& into);
Result<> read(const Setting& setting, std::string_view text, Private<std::string>& into);
Result<> read(const Setting& setting, std::string_view text, Path& into);
Result<> read(const Setting& setting, std::string_view text, std::uint16_t& into);
Result<> read(const Setting& setting, std::string_view text, std::uint32_t& into);
/// Bytes.
Result<> read(const Setting& setting, std::string_view text, std::uint64_t& into);
Result<> read(const Setting& setting, std::string_view text, bool& into);
Result<> read(const Setting& setting, std::string_view text, std::chrono::milliseconds& into);
Result<> read(const Setting& setting, std::string_view text, std::chrono::seconds& into);
Result<> read(const Setting& setting, std::string_view text, std::chrono::days& into);
Result<> read(const Setting& setting, std::string_view text, std::vector<std::string>& into);
Result<> read(const Setting& setting, std::string_view text, Properties& into);
Result<> read(const Setting& setting, std::string_view text, DatabaseUrl& into);
Result<> read(const Setting& setting, std::string_view text, Callers& into);

/// The index of `text` among the choices, in any letter case.
Result<std::size_t> read_choice(const Setting& setting, std::string_view text);

template <typename E>
  requires std::is_enum_v<E>
Result<> read(const Setting& setting, std::string_view text, E& into) {
  into = static_cast<E>(TRY(read_choice(setting, text)));
  return {};
}

template <typename T>
Result<> read(const Setting& setting, std::string_view text, std::optional<T>& into) {
  into.reset();
  if (text.empty()) return {};
  T value{};
  TRY(read(setting, text, value));
  into = std::move(value);
  return {};
}

/// For a row of the table whose value is a member of a member of Settings.
template <auto Group, auto Member>
Result<> into(const Setting& setting, std::string_view text, Settings& settings) {
  return read(setting, text, (settings.*Group).*Member);
}

}  // namespace dmw::config
