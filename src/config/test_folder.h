// A folder of a test's own, whose files are the sources of a load.
#pragma once

#include <stdexcept>
#include <string>

#include "config/load.h"
#include "testing/scratch_folder.h"

namespace dmw::config {

class TestFolder {
 public:
  TestFolder() { sources.directory = folder_.path(); }

  /// Returns the path of the file.
  std::string write(const std::string& name, const std::string& text) const {
    return folder_.write(name, text).string();
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
  ScratchFolder folder_;
};

inline const Shown& shown(const Loaded& loaded, std::string_view name) {
  for (const Shown& value : loaded.values) {
    if (value.name == name) return value;
  }
  throw std::runtime_error("no setting " + std::string(name));
}

}  // namespace dmw::config
