// A private directory with files in it, as the sources of a load; gone with the object.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "config/load.h"

namespace dmw::config {

class TestFolder {
 public:
  TestFolder() : path_(testing::TempDir() + "config-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp " + path_);
    sources.directory = path_;
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  /// Returns the path of the file.
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << text;
    return path_ + "/" + name;
  }

  Loaded load() const {
    Result<Loaded> loaded = config::load(sources);
    if (!loaded) throw std::runtime_error(loaded.error().message());
    return std::move(*loaded);
  }

  /// The lines of the error; empty when nothing is wrong.
  std::string errors() const {
    const Result<Loaded> loaded = config::load(sources);
    return loaded ? "" : loaded.error().message();
  }

  Sources sources;

 private:
  std::string path_;
};

inline const Shown& shown(const Loaded& loaded, std::string_view name) {
  for (const Shown& value : loaded.values) {
    if (value.name == name) return value;
  }
  throw std::runtime_error("no setting " + std::string(name));
}

}  // namespace dmw::config
