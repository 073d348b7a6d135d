// The names of spool files. A name carries the state of its file, so that nothing beside the file has to be there to
// know what it is (ADR 0012):
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

/// What the name of a whole file says. `file name` is without a directory.
struct SpoolName {
  std::string stem;  // no file of this spool ever has it again
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
/// Nothing for every name that text_of() does not give.
std::optional<SpoolName> parse_spool_name(std::string_view file_name);
/// Has the file the bytes that its name promises?
bool is_true_of(const SpoolName& name, const Fingerprint& fingerprint);

std::string unfinished_name(std::string_view stem);
/// Exactly the name of an unfinished file. A longer one with that ending is another program's, or a whole file that
/// somebody renamed.
bool is_unfinished(std::string_view file_name);
/// The name `<boot>-<n>.put` that an earlier version gave a file as its second one.
bool is_second_name(std::string_view file_name);
/// All before the first dot; a directory before it stays.
std::string_view stem_of(std::string_view name);

}  // namespace dmw::inbox
