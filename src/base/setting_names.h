// SettingNames: what the settings of one server are called, where there may be several of its kind. So a sentence names
// the setting that a person has to change.
#pragma once

#include <string>
#include <string_view>

namespace dmw {

class SettingNames {
 public:
  /// `kind` in lower case ("kafka"). `section`: NAME of `[kind.NAME]`; empty: the server whose settings are KIND_*.
  explicit SettingNames(std::string_view kind, std::string_view section = {}) {
    prefix_ = section.empty() ? in_capitals(kind) + "_" : std::string(kind) + "." + std::string(section) + ".";
    capitals_ = section.empty();
  }

  /// `key` in lower case: KAFKA_TOPIC, or kafka.archive.topic.
  std::string operator()(std::string_view key) const {
    return prefix_ + (capitals_ ? in_capitals(key) : std::string(key));
  }

 private:
  static std::string in_capitals(std::string_view text) {
    std::string capitals(text);
    for (char& c : capitals) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return capitals;
  }

  std::string prefix_;
  bool capitals_ = true;
};

}  // namespace dmw
