// Helpers of the checks for a folder that need not exist yet.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "base/result.h"

namespace dmw::app::doctor {

/// The folder itself, or the nearest existing one above it.
std::filesystem::path nearest_folder(const std::filesystem::path& folder);

/// Writes, syncs and removes a test file in the folder. Returns the time of the fsync.
Result<std::chrono::duration<double>> try_writing(const std::filesystem::path& folder);

/// The advice if that failed; `what`: the name of the folder in the advice.
std::string if_not_written(const Error& why, const std::string& what);

/// "writable, fsync 0.4 ms".
std::string writable_words(std::chrono::duration<double> sync);

bool same_file_system(const std::filesystem::path& one, const std::filesystem::path& other);

}  // namespace dmw::app::doctor
