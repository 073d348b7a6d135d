#include "sources/orthanc/orthanc_client.h"

#include <cctype>
#include <charconv>
#include <chrono>

#include "base/format.h"
#include "base/json.h"
#include "base/uuid.h"
#include "http/retry_after.h"

namespace dmw::sources {
namespace {

constexpr std::size_t id_length = 44;
/// Of a change. No index comes so far.
constexpr std::int64_t seq_max = std::int64_t{1} << 62U;

std::unexpected<Error> not_orthancs(std::string_view what) {
  return fail(Errc::invalid, format("the answer to {} does not come from Orthanc", what));
}

Result<std::string> path_of(std::string_view level, const std::string& id) {
  if (!is_resource_id(id)) return fail(Errc::invalid, "this is not an Orthanc identifier");
  return format("/{}/{}", level, id);
}

std::string_view collection(Level level) {
  switch (level) {
    case Level::study:
      return "studies";
    case Level::series:
      return "series";
    case Level::instance:
      return "instances";
  }
  return "instances";
}

bool describes_its_error(const http::Response& response) {
  if (!response.body.contains("OrthancStatus")) return false;
  const Result<json::value> told = json::parse(response.body);
  return told && told->is_object() && json::get_int(told->get_object(), "OrthancStatus").has_value();
}

Result<json::value> json_of(const http::Response& response, std::string_view path) {
  Result<json::value> told = json::parse(response.body);
  if (told) return told;
  const std::string_view type = response.headers.get("Content-Type").value_or("").substr(0, 60);
  return fail(told.error().code, format("the answer to {} is {}, not JSON ({})", path.substr(0, path.find('?')),
                                        type.empty() ? std::string_view("something") : type, told.error().what));
}

Result<std::vector<std::string>> ids_in(const json::array& list) {
  std::vector<std::string> ids;
  ids.reserve(list.size());
  for (const json::value& item : list) {
    if (!item.is_string() || !is_resource_id(item.get_string())) return not_orthancs("a list of resources");
    ids.emplace_back(item.get_string());
  }
  return ids;
}

Result<std::vector<std::string>> ids_of(const json::object& from, std::string_view key) {
  const json::value* const list = from.if_contains(key);
  if (list == nullptr || !list->is_array()) return not_orthancs("a list of resources");
  return ids_in(list->get_array());
}

Result<OrthancStudy> study_of_json(const json::object& from) {
  OrthancStudy study;
  study.id = json::get_string(from, "ID").value_or("");
  if (!is_resource_id(study.id)) return not_orthancs("a study");
  study.last_update = json::get_string(from, "LastUpdate").value_or("");
  study.stable = json::get_bool(from, "IsStable").value_or(false);
  if (const json::value* const tags = from.if_contains("MainDicomTags"); tags != nullptr && tags->is_object())
    study.study_uid = json::get_string(tags->get_object(), "StudyInstanceUID").value_or("");
  study.series = TRY(ids_of(from, "Series"));
  return study;
}

Result<std::string> id_of(const json::object& from) {
  std::string id = json::get_string(from, "ID").value_or("");
  if (!is_resource_id(id)) return not_orthancs("an instance");
  return id;
}

Result<OrthancInstance> instance_of(const json::object& from) {
  OrthancInstance instance;
  instance.file_uuid = json::get_string(from, "FileUuid").value_or("");
  const std::optional<std::int64_t> size = json::get_int(from, "FileSize");
  if (instance.file_uuid.empty() || !size || *size < 0) return not_orthancs("an instance");
  instance.size_bytes = static_cast<std::uint64_t>(*size);
  return instance;
}

std::optional<unsigned> digits(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Orthanc writes sizes in bytes as texts, for JavaScript.
std::uint64_t size_in(std::string_view text) {
  std::uint64_t size = 0;
  std::from_chars(text.data(), text.data() + text.size(), size);
  return size;
}

/// `filename="<uuid>.dcm"` (RFC 6266), as Orthanc writes it.
std::string uuid_in(std::string_view disposition) {
  constexpr std::string_view key = "filename=\"";
  const std::size_t at = disposition.find(key);
  if (at == disposition.npos) return {};
  const std::string_view name = disposition.substr(at + key.size());
  const std::optional<Uuid> uuid = Uuid::parse(name.substr(0, name.find_first_of(".\"")));
  return uuid ? uuid->text() : std::string();
}

}  // namespace

std::string_view name(Level level) {
  switch (level) {
    case Level::study:
      return "Study";
    case Level::series:
      return "Series";
    case Level::instance:
      return "Instance";
  }
  return "Instance";
}

bool is_resource_id(std::string_view text) {
  if (text.size() != id_length) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i % 9 == 8;
    if (hyphen ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

std::optional<MicrosUtc> parse_orthanc_time(std::string_view text) {
  if (text.size() != 15 || text[8] != 'T') return std::nullopt;
  const std::optional<unsigned> day = digits(text.substr(0, 8));
  const std::optional<unsigned> time = digits(text.substr(9));
  if (!day || !time) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*day / 10'000)),
                                         std::chrono::month(*day / 100 % 100), std::chrono::day(*day % 100));
  if (!date.ok() || *time / 10'000 > 23 || *time / 100 % 100 > 59 || *time % 100 > 60) return std::nullopt;
  const std::chrono::sys_seconds at = std::chrono::sys_days(date) + std::chrono::hours(*time / 10'000) +
                                      std::chrono::minutes(*time / 100 % 100) + std::chrono::seconds(*time % 100);
  return std::chrono::microseconds(at.time_since_epoch()).count();
}

std::string study_tag(const std::string& last_update, std::int64_t instances) {
  return format("{}/{}", last_update, instances);
}

/// Adds what to check when something else seems to answer in place of Orthanc.
template <typename Value>
Result<Value> OrthancClient::advised(Result<Value> read) const {
  if (!read)
    read.error().what +=
        format(": check that {} leads to Orthanc, and that no proxy answers in its place", setting_("url"));
  return read;
}

std::unexpected<Error> OrthancClient::wrong(std::string_view what) const {
  return std::unexpected(advised<json::value>(not_orthancs(what)).error());
}

/// As http::expect_success, with the peer that answered and the settings to correct.
Result<http::Response> OrthancClient::accepted(Result<http::Response> answer) {
  refusal_.reset();
  if (!answer || answer->success()) return answer;
  refusal_ =
      OrthancRefusal{.status = answer->status,
                     .of_orthanc = describes_its_error(*answer),
                     .retry_after = http::retry_after(
                         answer->headers, std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()))};
  Error why = http::expect_success(*answer).error();
  why.what = format("{} answered {}", options_.peer, answer->status);
  if (why.code == Errc::unauthorized)
    why.what += format(": set or correct {} and {}", setting_("username"), setting_("password"));
  return std::unexpected(std::move(why));
}

Result<json::value> OrthancClient::get(const std::string& path, const http::CallOptions& call) {
  return advised(json_of(TRY(accepted(http_.get(path, ending(call)))), path));
}

Result<json::object> OrthancClient::get_object(const std::string& path, const http::CallOptions& call) {
  json::value answer = TRY(get(path, call));
  if (!answer.is_object()) return wrong(path.substr(0, path.find('?')));
  return std::move(answer.get_object());
}

Result<json::array> OrthancClient::get_array(const std::string& path, const http::CallOptions& call) {
  json::value answer = TRY(get(path, call));
  if (!answer.is_array()) return wrong(path.substr(0, path.find('?')));
  return std::move(answer.get_array());
}

Result<MicrosUtc> OrthancClient::get_time(const std::string& path, const http::CallOptions& call) {
  const http::Response response = TRY(accepted(http_.get(path, ending(call))));
  const std::optional<MicrosUtc> time = parse_orthanc_time(response.body);
  if (!time) return wrong(path);
  return *time;
}

/// What it tells of those of `ids` that are there, in no order that is known.
Result<std::vector<json::object>> OrthancClient::bulk_content(std::span<const std::string> ids, http::CallOptions call,
                                                              std::optional<Level> level) {
  json::array resources;
  for (const std::string& id : ids) {
    if (is_resource_id(id)) resources.emplace_back(id);
  }
  call.headers.set("Content-Type", "application/json");
  json::object question{{"Resources", std::move(resources)}};
  if (level) question["Level"] = name(*level);
  if (level) question["Metadata"] = false;
  const http::Response response =
      TRY(accepted(http_.post("/tools/bulk-content", json::serialize(question), ending(std::move(call)))));
  json::value answer = TRY(advised(json_of(response, "/tools/bulk-content")));
  if (!answer.is_array()) return wrong("/tools/bulk-content");
  std::vector<json::object> told;
  for (json::value& item : answer.get_array()) {
    if (item.is_object()) told.push_back(std::move(item.get_object()));
  }
  return told;
}

Result<OrthancSystem> OrthancClient::system(const http::CallOptions& call) {
  const json::object answer = TRY(get_object("/system", call));
  const std::optional<std::string> version = json::get_string(answer, "Version");
  if (!version) return wrong("/system");
  return OrthancSystem{*version, json::get_string(answer, "DatabaseServerIdentifier").value_or(""),
                       json::get_bool(answer, "OverwriteInstances")};
}

Result<OrthancChanges> OrthancClient::changes(std::int64_t since, std::size_t limit, const http::CallOptions& call) {
  const json::object answer = TRY(get_object(format("/changes?since={}&limit={}", since, limit), call));
  const json::value* const list = answer.if_contains("Changes");
  const std::optional<std::int64_t> last = json::get_int(answer, "Last");
  if (list == nullptr || !list->is_array() || !last || *last < 0 || *last > seq_max) return wrong("/changes");
  OrthancChanges page;
  page.last = *last;
  page.done = json::get_bool(answer, "Done").value_or(true);
  for (const json::value& item : list->get_array()) {
    if (!item.is_object()) return wrong("/changes");
    const json::object& change = item.get_object();
    const std::optional<std::int64_t> seq = json::get_int(change, "Seq");
    const std::int64_t before = page.changes.empty() ? since : page.changes.back().seq;
    if (!seq || *seq <= before || *seq > seq_max) return wrong("/changes");
    page.changes.push_back({*seq, json::get_string(change, "ChangeType").value_or(""),
                            json::get_string(change, "ID").value_or(""),
                            json::get_string(change, "Date").value_or("")});
  }
  return page;
}

Result<std::int64_t> OrthancClient::last_change(const http::CallOptions& call) {
  const json::object answer = TRY(get_object("/changes?last", call));
  const std::optional<std::int64_t> last = json::get_int(answer, "Last");
  if (answer.if_contains("Changes") == nullptr || !last || *last < 0 || *last > seq_max) return wrong("/changes");
  return *last;
}

Result<std::vector<OrthancStudy>> OrthancClient::studies(std::size_t since, std::size_t limit,
                                                         const http::CallOptions& call) {
  const json::array page = TRY(get_array(format("/studies?expand&since={}&limit={}", since, limit), call));
  std::vector<OrthancStudy> studies;
  for (const json::value& item : page) {
    if (!item.is_object()) return wrong("/studies");
    studies.push_back(TRY(advised(study_of_json(item.get_object()))));
  }
  return studies;
}

Result<OrthancStudy> OrthancClient::study(const std::string& id, const http::CallOptions& call) {
  return advised(study_of_json(TRY(get_object(TRY(path_of("studies", id)), call))));
}

Result<std::map<std::string, OrthancStudy>> OrthancClient::studies(std::span<const std::string> ids,
                                                                   const http::CallOptions& call) {
  std::map<std::string, OrthancStudy> studies;
  for (const json::object& told : TRY(bulk_content(ids, call))) {
    if (Result<OrthancStudy> study = study_of_json(told)) studies[study->id] = std::move(*study);
  }
  return studies;
}

Result<OrthancSize> OrthancClient::size(const http::CallOptions& call) {
  const json::object answer = TRY(get_object("/statistics", call));
  const std::optional<std::int64_t> studies = json::get_int(answer, "CountStudies");
  const std::optional<std::int64_t> instances = json::get_int(answer, "CountInstances");
  if (!studies || !instances || *studies < 0 || *instances < 0) return wrong("/statistics");
  return OrthancSize{*studies, *instances, json::get_int(answer, "TotalDiskSizeMB").value_or(0),
                     size_in(json::get_string(answer, "TotalUncompressedSize").value_or(""))};
}

Result<std::int64_t> OrthancClient::instance_count(const std::string& study, const http::CallOptions& call) {
  const json::object answer = TRY(get_object(TRY(path_of("studies", study)) + "/statistics", call));
  const std::optional<std::int64_t> count = json::get_int(answer, "CountInstances");
  if (!count) return wrong("the statistics of a study");
  return *count;
}

Result<std::vector<std::string>> OrthancClient::some(Level level, std::size_t limit, const http::CallOptions& call) {
  return advised(ids_in(TRY(get_array(format("/{}?since=0&limit={}", collection(level), limit), call))));
}

Result<std::set<std::string>> OrthancClient::present(std::span<const std::string> ids, const http::CallOptions& call) {
  std::set<std::string> present;
  for (const json::object& told : TRY(bulk_content(ids, call)))
    present.insert(json::get_string(told, "ID").value_or(""));
  return present;
}

Result<> OrthancClient::metadata(Level level, const std::string& id, const http::CallOptions& call) {
  TRY(get(TRY(path_of(collection(level), id)) + "/metadata", call));
  return {};
}

Result<> OrthancClient::resource(Level level, const std::string& id, const http::CallOptions& call) {
  TRY(get_object(TRY(path_of(collection(level), id)), call));
  return {};
}

Result<std::vector<std::string>> OrthancClient::series(const std::string& id, const http::CallOptions& call) {
  return advised(ids_of(TRY(get_object(TRY(path_of("series", id)), call)), "Instances"));
}

Result<OrthancInstances> OrthancClient::instances_of(const std::string& series, const http::CallOptions& call) {
  const json::array list = TRY(get_array(TRY(path_of("series", series)) + "/instances", call));
  OrthancInstances instances;
  for (const json::value& item : list) {
    if (!item.is_object()) return wrong("the instances of a series");
    instances[TRY(advised(id_of(item.get_object())))] = TRY(advised(instance_of(item.get_object())));
  }
  return instances;
}

Result<std::map<std::string, OrthancInstances>> OrthancClient::instances_of(std::span<const std::string> series,
                                                                            const http::CallOptions& call) {
  std::map<std::string, OrthancInstances> all;
  std::set<std::string> nonsense;
  for (const json::object& told : TRY(bulk_content(series, call, Level::instance))) {
    const std::string parent = json::get_string(told, "ParentSeries").value_or("");
    const Result<std::string> id = id_of(told);
    const Result<OrthancInstance> instance = instance_of(told);
    if (id && instance)
      all[parent][*id] = *instance;
    else
      nonsense.insert(parent);
  }
  for (const std::string& each : nonsense) all.erase(each);
  return all;
}

Result<OrthancInstances> OrthancClient::instances(std::span<const std::string> ids, const http::CallOptions& call) {
  OrthancInstances instances;
  for (const json::object& told : TRY(bulk_content(ids, call, Level::instance))) {
    const Result<std::string> id = id_of(told);
    const Result<OrthancInstance> instance = instance_of(told);
    if (id && instance) instances[*id] = *instance;
  }
  return instances;
}

Result<OrthancStudy> OrthancClient::study_of(const std::string& instance, const http::CallOptions& call) {
  return advised(study_of_json(TRY(get_object(TRY(path_of("instances", instance)) + "/study", call))));
}

Result<MicrosUtc> OrthancClient::received_at(const std::string& instance, const http::CallOptions& call) {
  return get_time(TRY(path_of("instances", instance)) + "/metadata/ReceptionDate", call);
}

Result<MicrosUtc> OrthancClient::now(const http::CallOptions& call) {
  return get_time("/tools/now", call);
}

Result<OrthancInstance> OrthancClient::instance(const std::string& id, const http::CallOptions& call) {
  return advised(instance_of(TRY(get_object(TRY(path_of("instances", id)), call))));
}

Result<std::string> OrthancClient::file(const std::string& id, const http::ByteSink& sink,
                                        const http::CallOptions& call) {
  const http::Response response =
      TRY(accepted(http_.get_to(TRY(path_of("instances", id)) + "/file", sink, ending(call))));
  return uuid_in(response.headers.get("Content-Disposition").value_or(""));
}

}  // namespace dmw::sources
