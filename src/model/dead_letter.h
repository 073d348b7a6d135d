// A dead letter: an item set aside for good, its bytes kept, with a cause and an advice that a person understands.
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

/// Where on its way an item failed. Stored in the catalog by name.
enum class Stage { fetch, header, store, record };
std::string_view name(Stage stage);
/// The sentence that readers of the dead-letter topic already know for this stage ("Metadata parsing failure").
std::string_view error_reason(Stage stage);

/// Stored in the catalog: append only.
enum class DeadLetterState : std::int16_t { open = 0, replaying = 1, replayed = 2, discarded = 3 };
std::string_view name(DeadLetterState state);

struct DeadLetter {
  std::int64_t number = 0;  // given by the catalog; short, for people
  Uuid id;                  // version 5 of catalog, digest or request, and stage: the same item is one dead letter
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
  std::string object_key;  // where the bytes are; empty when there never were any
  std::uint64_t size_bytes = 0;
  std::string origin_resource;
  StudyUid study_uid;            // empty where nothing told it
  std::string original_payload;  // JSON: the trigger's body, or what is known of the instance
  std::string discard_reason;
};

/// name(Errc), and for a limit of ours what it is the limit of: "header_too_large".
std::string cause_word(Stage stage, Errc cause);
/// Whether it is a word that cause_word() gives.
bool is_cause(std::string_view word);
/// One next step for the person who reads it.
std::string_view advice(Stage stage, Errc cause);

}  // namespace dmw
