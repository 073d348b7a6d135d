// ImportDesk: the side of the server of `import`: takes one file a request and answers when it is known what became of
// it. The command that asks walks the folders and opens the archives, on whichever machine these are.
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

/// Any thread. Takes everything that is sent, as a folder does: what cannot be read is kept and set aside.
class ImportDesk : public Part {
 public:
  /// At most `uploads_max` files at once. Everything outlives it, and it outlives the server.
  ImportDesk(Door& door, OutcomeDesk& outcomes, db::Database& catalog, const Clock& clock, std::size_t uploads_max);

  /// POST /api/v1/imports/{import}/files: the body is one file, `import` a UUID that the caller has made: the
  /// correlation id of all that comes with it. Answers 200 with the outcome, 202 when it is durable and not recorded in
  /// the patience of the desk for outcomes. A file that is known already costs no write.
  std::vector<http::Route> routes();

  Result<> start() override;
  void stop(std::chrono::milliseconds patience) override;
  PartState state() const override;

 private:
  void take(const http::Request& request, http::BodyReader& body, http::Responder responder);
  bool is_known(const catalog::DatasetName& dataset) const;
  Result<Received> receive(const http::Request& request, http::BodyReader& body,
                           std::optional<http::Problem>& of_the_body);
  /// One for all files of an import, as long as it goes on.
  Session session_of(const Uuid& import, const std::string& peer);

  Door& door_;
  OutcomeDesk& outcomes_;
  db::Database& catalog_;
  const Clock& clock_;
  const std::size_t uploads_max_;
  std::atomic<std::size_t> uploads_ = 0;
  std::mutex mutex_;
  std::list<Session> sessions_;  // the one that was used last comes first
  const std::shared_ptr<ImportStories> stories_;
  lane::Worker teller_;  // writes the lines of imports that are over
};

}  // namespace dmw::sources
