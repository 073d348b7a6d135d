// What is in the catalog: studies, their series, instances and revisions.
#include "api/parameters.h"
#include "api/rendering.h"
#include "api/reply.h"
#include "api/routes.h"

namespace dmw::api {
namespace {

class StudyPages {
 public:
  explicit StudyPages(const Parts& parts) : studies_(parts.database, parts.sink) {}

  Reply list(const http::Request& request) {
    Parameters query(request.parsed_query, {"patient_id", "accession_number", "modality", "study_date", "source",
                                            "calling_ae", "updated_since", "flags", "cursor", "limit"});
    catalog::StudyFilter filter;
    filter.patient_id = query.text("patient_id");
    filter.accession_number = query.text("accession_number");
    filter.modality = query.text("modality");
    Days days = query.days("study_date");
    filter.first_day = std::move(days.first);
    filter.last_day = std::move(days.last);
    filter.source = query.text("source");
    filter.calling_ae = query.text("calling_ae");
    filter.updated_since = query.time("updated_since");
    filter.flags = query.flags("flags");
    filter.cursor = query.cursor();
    filter.limit = query.limit();
    if (auto problem = query.problem()) return refuse(std::move(*problem));
    const auto found = TRY(studies_.list(filter));
    return json_answer(200, page_of("studies", std::span(found), filter.limit,
                                    [&](const auto& last) { return catalog::next_cursor(filter, last); }));
  }

  Reply show(const http::Request& request) {
    const catalog::StudyRow study = TRY(find(request));
    json::array series;
    for (const auto& row : TRY(studies_.series(study.id))) series.push_back(to_json(row));
    json::object body = to_json(study);
    body["series"] = std::move(series);
    return json_answer(200, body);
  }

  Reply instances(const http::Request& request) {
    Parameters query(request.parsed_query,
                     {"series_instance_uid", "all_versions", "several", "flags", "cursor", "limit"});
    catalog::VersionFilter filter;
    filter.series_uid = query.text("series_instance_uid");
    filter.all_versions = query.boolean("all_versions");
    filter.several = query.boolean("several");
    filter.flags = query.flags("flags");
    filter.after_id = query.cursor();
    filter.limit = query.limit();
    if (auto problem = query.problem()) return refuse(std::move(*problem));
    const auto found = TRY(studies_.versions(TRY(find(request)).id, filter));
    return json_answer(200,
                       page_of("instances", std::span(found), filter.limit, [](const auto& row) { return row.id; }));
  }

  Reply revisions(const http::Request& request) {
    if (auto problem = Parameters(request.parsed_query, {}).problem()) return refuse(std::move(*problem));
    json::array list;
    for (const auto& row : TRY(studies_.revisions(TRY(find(request, Erased::too)).id))) list.push_back(to_json(row));
    return json_answer(200, {{"revisions", std::move(list)}});
  }

 private:
  enum class Erased { not_any_more, too };

  /// Errors: not_found, gone (it was erased; what was published of it can still be asked for).
  Result<catalog::StudyRow> find(const http::Request& request, Erased erased = Erased::not_any_more) {
    auto found = TRY(studies_.get(StudyUid(request.parameter("uid"))));
    if (!found) return fail(Errc::not_found, "there is no such study");
    if (found->erased_at && erased == Erased::not_any_more)
      return fail(Errc::gone, "this study was erased on " + rfc3339(*found->erased_at));
    return std::move(*found);
  }

  catalog::Studies studies_;
};

}  // namespace

void add_studies(Routes& routes, const Parts& parts) {
  const auto pages = std::make_shared<StudyPages>(parts);
  const auto add = [&](std::string path, Reply (StudyPages::*page)(const http::Request&)) {
    routes.push_back({"GET", std::move(path), http::Scope::read,
                      replying([pages, page](const http::Request& request) { return ((*pages).*page)(request); })});
  };
  add("/api/v1/studies", &StudyPages::list);
  add("/api/v1/studies/{uid}", &StudyPages::show);
  add("/api/v1/studies/{uid}/instances", &StudyPages::instances);
  add("/api/v1/studies/{uid}/revisions", &StudyPages::revisions);
}

}  // namespace dmw::api
