// ImportFiles: what an import sends: the instances in files, folders and archives that a person named, opened one after
// another. What is no instance is told to the tally and goes no further.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/import_tally.h"
#include "base/file.h"
#include "base/result.h"

namespace dmw::app {

/// An open file that holds one instance, or what claims to be one.
struct ImportFile {
  std::string name;
  File file;
  std::uint64_t size_bytes = 0;
};

/// Walks `paths`. Links below a folder are passed over; a path itself may be one. A file of an archive goes through an
/// unnamed temporary file. `take` may block; after an error of it, or `stop`, the walk ends. One thread.
class ImportFiles {
 public:
  using Take = std::function<Result<>(ImportFile)>;
  ImportFiles(std::vector<std::string> paths, ImportTally& tally) : paths_(std::move(paths)), tally_(tally) {}

  /// Errors: those of `take`.
  Result<> each(const std::stop_token& stop, const Take& take);

 private:
  /// Named by the person.
  Result<> offer_path(const std::string& path, const std::stop_token& stop, const Take& take);
  Result<> offer_folder(const std::string& path, const std::stop_token& stop, const Take& take);
  /// `named`: by the person, who wants to hear when it is no DICOM.
  Result<> offer_file(const std::string& path, Result<File> file, bool named, const Take& take);
  Result<> offer_archive(const std::string& path, File file, std::uint64_t size_bytes, const Take& take);
  /// Told, and the walk goes on.
  Result<> failed(const std::string& name, const std::string& reason);

  const std::vector<std::string> paths_;
  ImportTally& tally_;
};

/// How many files there are to look at: quick, and only for the progress. Nothing when `stop` came first.
std::uint64_t count_files(const std::vector<std::string>& paths, const std::stop_token& stop);

}  // namespace dmw::app
