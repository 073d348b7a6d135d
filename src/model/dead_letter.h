// A dead letter: an item that cannot be processed. Its original file is kept, with a cause and advice for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "base/uuid.h"
#include "model/uid.h"

namespace dmw {

/// The step at which an item failed. Stored in the catalog by name.
enum class Stage { fetch, header, store, record };
std::string_view name(Stage stage);
/// The sentence for this stage on the dead-letter topic, as in the proof of concept ("Metadata parsing failure").
std::string_view error_reason(Stage stage);

/// Stored in the catalog: append only.
enum class DeadLetterState : std::int16_t { open = 0, replaying = 1, replayed = 2, discarded = 3 };
std::string_view name(DeadLetterState state);

struct DeadLetter {
  std::int64_t number = 0;  // given by the catalog; short, for people
  Uuid id;  // UUID version 5 of the catalog id, the digest or request, and the stage, so the same item is always the
            // same dead letter
  Stage stage = Stage::header;
  std::string cause;   // a word: cause_word()
  std::string detail;  // a sentence; no patient data
  std::string advice;
  int attempts = 1;
  MicrosUtc first_failed_at = 0;
  MicrosUtc last_failed_at = 0;
  DeadLetterState state = DeadLetterState::open;
  std::string source;
  std::string calling_ae;
  std::string origin;  // for people: which file or peer, see origin_of()
  Uuid correlation_id;
  std::string traceparent;
  std::string object_key;  // key of the original file; empty if there was none
  std::uint64_t size_bytes = 0;
  std::string origin_resource;
  StudyUid study_uid;            // empty if unknown
  std::string original_payload;  // JSON: the trigger's body, or the known facts about the instance
  std::string discard_reason;
};

/// name(Errc); for a limit of ours with the limited thing: "header_too_large".
std::string cause_word(Stage stage, Errc cause);
/// Whether cause_word() can return this word.
bool is_cause(std::string_view word);
/// One next step for the person who reads it.
std::string_view advice(Stage stage, Errc cause);

}  // namespace dmw
