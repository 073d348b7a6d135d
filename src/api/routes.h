// The groups of routes. The parts that they use must outlive the server.
#pragma once

#include <vector>

#include "api/event_feed.h"
#include "api/parts.h"
#include "api/replay_jobs.h"
#include "api/wait_desk.h"
#include "http/router.h"

namespace dmw::api {

using Routes = std::vector<http::Route>;

void add_health(Routes& routes, const Parts& parts);
void add_pages(Routes& routes);
void add_ingestion(Routes& routes, const Parts& parts, WaitDesk& desk);
void add_studies(Routes& routes, const Parts& parts);
void add_instances(Routes& routes, const Parts& parts);
void add_decisions(Routes& routes, const Parts& parts);
void add_events(Routes& routes, const Parts& parts, EventFeed& feed);
void add_dead_letters(Routes& routes, const Parts& parts, ReplayJobs& jobs);
void add_sources(Routes& routes, const Parts& parts);

}  // namespace dmw::api
