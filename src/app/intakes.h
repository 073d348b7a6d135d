// Intakes: the parts by which instances come in: those that others send to, and the Orthancs that are asked.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "app/dimse_port.h"
#include "app/foundation.h"
#include "app/orthancs.h"
#include "ingest/burials.h"
#include "part/part_list.h"
#include "sources/door.h"
#include "sources/folder/watched_folder.h"
#include "sources/upload/import_desk.h"
#include "sources/upload/outcome_desk.h"
#include "sources/upload/upload_door.h"

namespace dmw::app {

/// One thread, unless told otherwise.
class Intakes {
 public:
  /// `on_progress` is called on a thread of an Orthanc's when something of it has come further. Errors: invalid (the
  /// watched folder and one of ours lie in each other), and those of the folder's journal.
  static Result<std::unique_ptr<Intakes>> open(Foundation& ground, ingest::Burials& burials,
                                               std::function<void()> on_progress);
  Intakes(const Intakes&) = delete;
  Intakes& operator=(const Intakes&) = delete;

  void add_to(PartList& parts);
  /// Of the intakes that speak HTTP, for the server.
  std::vector<http::Route> routes();
  /// From now on: who may call, and how each Orthanc is asked. Any thread.
  void take(const config::Settings& settings);
  /// The sources that can be asked for studies.
  Orthancs& orthancs() { return *orthancs_; }

 private:
  explicit Intakes(Foundation& ground);
  void open_orthancs(ingest::Burials& burials, std::function<void()> on_progress);
  Result<> open_folder();

  Foundation& ground_;
  sources::Door folder_door_;
  sources::Door import_door_;
  sources::OutcomeDesk outcomes_;
  sources::ImportDesk imports_;
  sources::UploadDoor stow_;
  std::unique_ptr<Orthancs> orthancs_;
  // Null if they are not configured.
  std::unique_ptr<DimsePort> dimse_;
  std::unique_ptr<sources::WatchedFolder> folder_;
  std::vector<std::unique_ptr<Part>> off_;
};

}  // namespace dmw::app
