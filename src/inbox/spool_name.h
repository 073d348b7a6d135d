// The names of spool files. A name contains the state of its file, so that the file can be understood without any other
// file (ADR 0012):
//   <boot>-<n>.part                                               being written: never acknowledged
//   <boot>-<n>.<size>.<dataset>.<prefix>[.refused-<c>][.replay-<u>][.from-<i>]  whole, when the bytes are what the name
//   says
// `dataset` is 32 and `prefix` 8 hexadecimal digits of their SHA-256; `c` is the Errc of a refusal, `u` the dead letter
// that this is another try of, `i` the correlation id of who sent it. Earlier versions wrote none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.h"
#include "model/spooled_instance.h"

namespace dmw::inbox {

/// The fields in the name of a complete file. A file name has no directory here.
struct SpoolName {
  std::string stem;  // unique: no other file of this spool ever gets it
  std::uint64_t size_bytes = 0;
  std::string dataset_sha256;  // the first digits
  std::string prefix_sha256;   // the first digits
  std::optional<Errc> refusal;
  std::optional<Uuid> replay_of;
  std::optional<Uuid> correlation_id;

  bool operator==(const SpoolName&) const = default;
};

SpoolName spool_name(std::string stem, const Fingerprint& fingerprint, const HeaderReading& header,
                     const std::optional<Uuid>& replay_of, const Uuid& correlation_id);
std::string text_of(const SpoolName& name);
/// Nullopt for every name that text_of() cannot produce.
std::optional<SpoolName> parse_spool_name(std::string_view file_name);
/// Whether the file has the bytes that its name promises.
bool is_true_of(const SpoolName& name, const Fingerprint& fingerprint);

std::string unfinished_name(std::string_view stem);
/// Whether it is exactly the name of an unfinished file. A longer name with the same ending comes from another program,
/// or from a person who renamed a complete file.
bool is_unfinished(std::string_view file_name);
/// Whether it is the second name `<boot>-<n>.put` that an earlier version gave to a file.
bool is_second_name(std::string_view file_name);
/// The part before the first dot, with its directory.
std::string_view stem_of(std::string_view name);

}  // namespace dmw::inbox
