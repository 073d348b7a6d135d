#include "api/api.h"

#include "api/routes.h"

namespace dmw::api {

Api::Api(Parts parts, Options options)
    : parts_(std::move(parts)),
      desk_(parts_.database, parts_.clock, options.wait_desk),
      feed_(parts_.database, parts_.clock, options.event_feed),
      jobs_(parts_.database, parts_.replay, parts_.clock) {}

std::vector<http::Route> Api::routes() {
  Routes routes;
  add_health(routes, parts_);
  add_pages(routes);
  add_ingestion(routes, parts_, desk_);
  add_studies(routes, parts_);
  add_instances(routes, parts_);
  add_decisions(routes, parts_);
  add_events(routes, parts_, feed_);
  add_dead_letters(routes, parts_, jobs_);
  add_sources(routes, parts_);
  return routes;
}

}  // namespace dmw::api
