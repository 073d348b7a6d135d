// Zip archives for the tests of this folder: made by the library, and then bent where a test wants them wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <archive.h>
#include <archive_entry.h>

namespace dmw::sources {

enum class Packed { deflate, store };

inline std::string zip_of(const std::vector<std::pair<std::string, std::string>>& files,
                          Packed packed = Packed::deflate) {
  std::string out;
  archive* const to = archive_write_new();
  archive_write_set_format_zip(to);
  if (packed == Packed::store)
    archive_write_zip_set_compression_store(to);
  else
    archive_write_zip_set_compression_deflate(to);
  archive_write_set_bytes_in_last_block(to, 1);
  archive_write_open(
      to, &out, nullptr,
      [](archive*, void* data, const void* bytes, std::size_t count) -> la_ssize_t {
        static_cast<std::string*>(data)->append(static_cast<const char*>(bytes), count);
        return static_cast<la_ssize_t>(count);
      },
      nullptr);
  for (const auto& [name, bytes] : files) {
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, name.ends_with('/') ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    archive_write_header(to, entry);
    archive_write_data(to, bytes.data(), bytes.size());
    archive_entry_free(entry);
  }
  archive_write_close(to);
  archive_write_free(to);
  return out;
}

/// Sets two bytes of every local header and of every entry of the directory: at `local` and at `central` of them.
inline std::string bent(std::string zip, std::size_t local, std::size_t central, std::uint16_t value) {
  const auto bend = [&](std::string_view signature, std::size_t at) {
    for (std::size_t found = zip.find(signature); found != zip.npos; found = zip.find(signature, found + 4)) {
      zip[found + at] = static_cast<char>(value & 0xFFU);
      zip[found + at + 1] = static_cast<char>(value >> 8U);
    }
  };
  bend("PK\x03\x04", local);
  bend("PK\x01\x02", central);
  return zip;
}

}  // namespace dmw::sources
