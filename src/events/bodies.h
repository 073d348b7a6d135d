// Bodies: the content of events. The fields of the proof of concept come first, in its order; ours follow. docs/api/
// has the schemas.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/live.h"
#include "base/private.h"
#include "base/uuid.h"
#include "model/catalog_id.h"
#include "model/dead_letter.h"
#include "model/event.h"
#include "model/revision.h"

namespace dmw::events {

/// How much patient data an event has.
struct Profile {
  enum class Kind {
    full,       ///< as received
    pseudonym,  ///< patient id and accession number as keyed hashes, no study description
    ids,        ///< without all three
  };
  Kind kind = Kind::full;
  Private<std::string> key;  ///< of the hashes
};

/// No body is longer.
constexpr std::size_t body_bytes_max = 256U << 10U;

/// Any thread. The result depends only on the arguments and the profile, so a repeated event has the same id and the
/// same bytes.
class Bodies {
 public:
  /// Returns the address of a key or prefix of the store: `file:///…`, `gs://bucket/…`; at most 4 KiB.
  using Uri = std::function<std::string(std::string_view)>;

  /// `source_uri` is the CloudEvents `source` of all events of this installation; empty: the catalog's UUID.
  Bodies(CatalogId catalog_id, Profile profile, Uri uri, std::string source_uri);

  /// Changes the profile of all later events.
  void change_profile(Profile profile) { profile_.set(std::move(profile)); }

  /// `study.received` for the first revision of a study, or the first after its erasure; `study.updated` for a later
  /// one, `study.deleted` for one without instances.
  /// Key: the Study Instance UID. Id: version 5 of the catalog and `<study>/<revision>/<type>`.
  Event of_study(const StudyRevision& revision) const;

  /// Key: the dead letter's id. Id: version 5 of the catalog and `dead-letter/<id>/<attempts>`.
  Event of_dead_letter(const DeadLetter& letter) const;

  /// The manifest: the list of a revision's objects, one instance per line, for manifest_key(). No patient data. It
  /// names the revision's event, so that the store alone shows which of two manifests of a revision is newer, and which
  /// event belongs to it.
  static std::string manifest(const StudyRevision& revision, const Event& event);

 private:
  std::string source() const;

  CatalogId catalog_id_;
  Live<Profile> profile_;
  Uri uri_;
  std::string source_uri_;
};

}  // namespace dmw::events
