// The routes by which a person erases a study, or makes a version the current one of its instance. Both need a reason,
// which the audit trail keeps.
#include "api/checked_object.h"
#include "api/parameters.h"
#include "api/reason.h"
#include "api/rendering.h"
#include "api/reply.h"
#include "api/routes.h"
#include "catalog/erasing.h"
#include "catalog/promotion.h"
#include "catalog/studies.h"

namespace dmw::api {
namespace {

json::object erasure(const StudyUid& uid, const catalog::Erased& erased, bool dry_run) {
  return {{"study_instance_uid", uid.get()},
          {"dry_run", dry_run},
          {"revision", erased.revision},
          {"instance_count", erased.instances},
          {"size_bytes", erased.size_bytes},
          {"object_count", erased.objects},
          {"objects_go_at", time_or_null(erased.objects_go_at)}};
}

Reply erase(const Parts& parts, const http::Request& request) {
  Parameters query(request.parsed_query, {"reason", "dry_run"});
  const bool dry_run = query.boolean("dry_run");
  if (auto problem = query.problem()) return refuse(std::move(*problem));
  const MicrosUtc now = parts.clock.now();
  catalog::EraseOrder order{.study = StudyUid(request.parameter("uid")),
                            .session = session_of(request, now),
                            .actor = actor_of(request),
                            .reason = {},
                            .grace = parts.erase_grace};
  if (dry_run)
    return json_answer(200, erasure(order.study, TRY(catalog::foresee_erasure(parts.database, order, now)), true));
  auto reason = reason_of(request, "a reason is needed to erase a study");
  if (!reason) return refuse(std::move(reason.error()));
  order.reason = std::move(*reason);
  const catalog::Erased erased = TRY(catalog::erase(parts.database, order, now));
  parts.on_changed();
  return json_answer(202, erasure(order.study, erased, false));
}

Reply promote(const Parts& parts, const http::Request& request) {
  const auto reason = reason_of(request, "a reason is needed to promote a version");
  if (!reason) return refuse(reason.error());
  const auto id = parse_number(request.parameter("id"));
  if (!id) return refuse(404, "there is no such instance");
  catalog::Studies studies(parts.database);
  const auto before = TRY(studies.version(*id));
  if (!before) return refuse(404, "there is no such instance");
  CheckedSource source(CheckedObject(parts.store, *before));
  Attributes attributes = TRY(dicom::read_attributes(source, parts.read));
  const MicrosUtc now = parts.clock.now();
  const bool changed = TRY(catalog::promote(parts.database,
                                            {.version_id = *id,
                                             .attributes = std::move(attributes),
                                             .session = session_of(request, now),
                                             .actor = actor_of(request),
                                             .reason = *reason},
                                            now));
  if (changed) parts.on_changed();
  const auto version = TRY(studies.version(*id));
  if (!version) return refuse(404, "there is no such instance");
  return json_answer(200, {{"promoted", changed}, {"instance", to_json(*version)}});
}

}  // namespace

void add_decisions(Routes& routes, const Parts& parts) {
  const auto add = [&](std::string method, std::string path, Reply (*act)(const Parts&, const http::Request&)) {
    http::Route& route =
        routes.emplace_back(std::move(method), std::move(path), http::Scope::operate,
                            replying([&parts, act](const http::Request& request) { return act(parts, request); }));
    route.accepts = {"application/json"};
  };
  add("DELETE", "/api/v1/studies/{uid}", erase);
  add("POST", "/api/v1/instances/{id}/promote", promote);
}

}  // namespace dmw::api
