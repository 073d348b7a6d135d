// ImportFiles: finds the instances in the given files, folders and archives, and opens them one after another. Other
// files are only reported to the tally.
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

/// An open file with one instance, or a file that looks like one.
struct ImportFile {
  std::string name;
  File file;
  std::uint64_t size_bytes = 0;
};

/// Walks `paths`. Links below a folder are skipped; a path itself may be a link. A file of an archive is written to an
/// unnamed temporary file first. `take` may block; the walk ends after an error of `take`, or `stop`. One thread.
class ImportFiles {
 public:
  using Take = std::function<Result<>(ImportFile)>;
  ImportFiles(std::vector<std::string> paths, ImportTally& tally) : paths_(std::move(paths)), tally_(tally) {}

  /// Errors: those of `take`.
  Result<> each(const std::stop_token& stop, const Take& take);

 private:
  /// A path from the command line.
  Result<> offer_path(const std::string& path, const std::stop_token& stop, const Take& take);
  Result<> offer_folder(const std::string& path, const std::stop_token& stop, const Take& take);
  /// `named`: it was given on the command line, so it is an error if it is not DICOM.
  Result<> offer_file(const std::string& path, Result<File> file, bool named, const Take& take);
  Result<> offer_archive(const std::string& path, File file, std::uint64_t size_bytes, const Take& take);
  /// Reports a failure; the walk continues.
  Result<> failed(const std::string& name, const std::string& reason);

  const std::vector<std::string> paths_;
  ImportTally& tally_;
};

/// Counts the files quickly, for the progress only. Nullopt if `stop` was requested first.
std::uint64_t count_files(const std::vector<std::string>& paths, const std::stop_token& stop);

}  // namespace dmw::app
