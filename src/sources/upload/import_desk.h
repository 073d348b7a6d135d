// ImportDesk: the server side of `import`: receives one file per request and answers with its result. The command reads
// folders and archives on its own machine.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "db/database.h"
#include "http/router.h"
#include "lane/worker.h"
#include "model/session.h"
#include "part/part.h"
#include "sources/door.h"
#include "sources/upload/import_stories.h"
#include "sources/upload/outcome_desk.h"

namespace dmw::sources {

/// Any thread. Accepts every file, like a watched folder: one that cannot be read is kept and becomes a dead letter.
class ImportDesk : public Part {
 public:
  /// At most `uploads_max` files at the same time. All arguments outlive it, and it outlives the server.
  ImportDesk(Door& door, OutcomeDesk& outcomes, db::Database& catalog, const Clock& clock, std::size_t uploads_max);

  /// POST /api/v1/imports/{import}/files: the body is one file, `import` a UUID that the caller has made: the
  /// correlation id of all its files. Answers 200 with the outcome, or 202 if the file is safe on disk but not
  /// catalogued within the patience of the outcome desk. A known file is not written.
  std::vector<http::Route> routes();

  Result<> start() override;
  void stop(std::chrono::milliseconds patience) override;
  PartState state() const override;

 private:
  void take(const http::Request& request, http::BodyReader& body, http::Responder responder);
  bool is_known(const catalog::DatasetName& dataset) const;
  Result<Received> receive(const http::Request& request, http::BodyReader& body,
                           std::optional<http::Problem>& of_the_body);
  /// The session for all files of an import while it runs.
  Session session_of(const Uuid& import, const std::string& peer);

  Door& door_;
  OutcomeDesk& outcomes_;
  db::Database& catalog_;
  const Clock& clock_;
  const std::size_t uploads_max_;
  std::atomic<std::size_t> uploads_ = 0;
  std::mutex mutex_;
  std::list<Session> sessions_;  // most recently used first
  const std::shared_ptr<ImportStories> stories_;
  lane::Worker teller_;  // logs the imports that are over
};

}  // namespace dmw::sources
