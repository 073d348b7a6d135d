// The routes of the catalog: studies, their series, instances and revisions.
#include "api/checked_object.h"
#include "api/parameters.h"
#include "api/rendering.h"
#include "api/reply.h"
#include "api/routes.h"
#include "api/vocabulary.h"
#include "dicom/read_attributes.h"

namespace dmw::api {
namespace {

/// Limit for the versions whose headers are read for one answer.
constexpr std::size_t kPatientsMax = 100;

class StudyPages {
 public:
  explicit StudyPages(const Parts& parts)
      : database_(parts.database),
        program_(parts.program),
        store_(parts.store),
        read_(parts.read),
        studies_(parts.database) {}

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
    if (found.empty()) {
      query.wrong_if("source", TRY(wrong_source(database_, program_, filter.source)));
      query.wrong_if("modality", TRY(wrong_modality(database_, filter.modality)));
      if (auto problem = query.problem()) return refuse(std::move(*problem));
    }
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
                     {"series_instance_uid", "all_versions", "several", "flags", "patient", "cursor", "limit"});
    catalog::VersionFilter filter;
    filter.series_uid = query.text("series_instance_uid");
    filter.all_versions = query.boolean("all_versions");
    filter.several = query.boolean("several");
    filter.flags = query.flags("flags");
    filter.after_id = query.cursor();
    filter.limit = query.limit();
    const bool patient = query.boolean("patient");
    if (patient && filter.limit > kPatientsMax)
      query.wrong("limit", format("must be at most {} with patient=true", kPatientsMax));
    if (auto problem = query.problem()) return refuse(std::move(*problem));
    const auto found = TRY(studies_.versions(TRY(find(request)).id, filter));
    json::object page = page_of("instances", std::span(found), filter.limit, [](const auto& row) { return row.id; });
    for (std::size_t n = 0; patient && n < found.size(); ++n)
      add_patient(found[n], page.at("instances").as_array()[n].as_object());
    return json_answer(200, page);
  }

  Reply revisions(const http::Request& request) {
    if (auto problem = Parameters(request.parsed_query, {}).problem()) return refuse(std::move(*problem));
    json::array list;
    for (const auto& row : TRY(studies_.revisions(TRY(find(request, Erased::too)).id))) list.push_back(to_json(row));
    return json_answer(200, {{"revisions", std::move(list)}});
  }

 private:
  enum class Erased { not_any_more, too };

  /// Adds the patient of a version. The catalog has the patient of the study only, so the header of the version is
  /// read. Null if it cannot be read.
  void add_patient(const catalog::VersionRow& version, json::object& to) const {
    CheckedSource source(CheckedObject(store_, version));
    const Result<Attributes> read = dicom::read_attributes(source, read_);
    const auto value = [&](Private<std::string> Attributes::* member) {
      return read ? json::nullable(((*read).*member).reveal()) : json::value();
    };
    to["patient_id"] = value(&Attributes::patient_id);
    to["issuer_of_patient_id"] = value(&Attributes::issuer_of_patient_id);
    to["patient_name"] = value(&Attributes::patient_name);
    to["patient_birth_date"] = value(&Attributes::patient_birth_date);
    to["patient_sex"] = value(&Attributes::patient_sex);
  }

  /// Errors: not_found, gone (the study was erased; its revisions can still be read).
  Result<catalog::StudyRow> find(const http::Request& request, Erased erased = Erased::not_any_more) {
    auto found = TRY(studies_.get(StudyUid(request.parameter("uid"))));
    if (!found) return fail(Errc::not_found, "there is no such study");
    if (found->erased_at && erased == Erased::not_any_more)
      return fail(Errc::gone, "this study was erased on " + rfc3339(*found->erased_at));
    return std::move(*found);
  }

  db::Database& database_;
  const PartList& program_;
  store::ObjectStore& store_;
  const dicom::ReadOptions read_;
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
