// What the checks ask of a folder that may not be there yet.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "base/result.h"

namespace dmw::app::doctor {

/// The folder itself, or the nearest one above it that is there.
std::filesystem::path nearest_folder(const std::filesystem::path& folder);

/// Writes and syncs a file of its own in it, and removes it. Returns how long the fsync took.
Result<std::chrono::duration<double>> try_writing(const std::filesystem::path& folder);

/// What to do where that failed; `what`: the folder, as the advice calls it.
std::string if_not_written(const Error& why, const std::string& what);

/// "writable, fsync 0.4 ms".
std::string writable_words(std::chrono::duration<double> sync);

bool same_file_system(const std::filesystem::path& one, const std::filesystem::path& other);

}  // namespace dmw::app::doctor
