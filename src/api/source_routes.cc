// Sources: the intakes, their callers, and the associations that were refused or failed.
#include <memory>
#include <utility>

#include "api/parameters.h"
#include "api/rendering.h"
#include "api/reply.h"
#include "api/routes.h"
#include "api/vocabulary.h"
#include "catalog/associations.h"

namespace dmw::api {
namespace {

constexpr std::string_view kAssociationDoor = "dimse";

/// The cursor of a list of callers is "dimse/CT01"; the name of an intake has no slash.
catalog::CallerKey key_of(std::string_view cursor) {
  const std::size_t slash = cursor.find('/');
  if (slash == std::string_view::npos) return {};
  return {std::string(cursor.substr(0, slash)), std::string(cursor.substr(slash + 1))};
}

class SourceDesk {
 public:
  explicit SourceDesk(const Parts& parts) : parts_(parts) {}

  Reply list(const http::Request& request) {
    Parameters query(request.parsed_query, {"cursor", "limit"});
    const std::string cursor = query.text("cursor");
    const std::size_t limit = query.limit();
    if (!cursor.empty() && !cursor.contains('/')) query.wrong("cursor", "must be a `next_cursor`");
    if (auto problem = query.problem()) return refuse(std::move(*problem));
    json::array sources;
    if (cursor.empty()) {
      for (json::object& door : doors()) sources.push_back(std::move(door));
    }
    const auto callers = TRY(catalog::callers(parts_.database, key_of(cursor), limit));
    for (const catalog::Caller& caller : callers) sources.push_back(to_json(caller));
    json::object page{{"sources", std::move(sources)}, {"next_cursor", nullptr}};
    if (callers.size() == limit) page["next_cursor"] = callers.back().source + '/' + callers.back().calling_ae;
    return json_answer(200, page);
  }

  Reply show(const http::Request& request) {
    Parameters query(request.parsed_query, {"cursor", "limit"});
    catalog::AssociationFilter filter;
    filter.before_id = query.cursor();
    filter.limit = query.limit();
    if (auto problem = query.problem()) return refuse(std::move(*problem));
    const std::string& name = request.parameter("name");
    json::object source = TRY(find(name));
    std::vector<catalog::Association> ended;
    if (name == kAssociationDoor || !is_source(parts_.program, name)) {
      if (name != kAssociationDoor) filter.calling_ae = name;
      ended = TRY(catalog::associations(parts_.database, filter));
    }
    json::object page = page_of("associations", std::span<const catalog::Association>(ended), filter.limit,
                                [](const auto& association) { return association.id; });
    page["source"] = std::move(source);
    return json_answer(200, page);
  }

 private:
  std::vector<json::object> doors() const {
    std::vector<json::object> doors;
    const std::vector<PartState> states = parts_.program.states();
    for (std::size_t n = 0; n < states.size(); ++n) {
      const Part& part = *parts_.program.parts().at(n);
      if (part.traits().kind != PartKind::source) continue;
      // A relative address is enough: the reader knows the address of this server.
      doors.push_back(to_json_source(states[n], part.summary({.http_url = "/"})));
    }
    return doors;
  }

  /// Errors: not_found.
  Result<json::object> find(const std::string& name) const {
    for (json::object& door : doors()) {
      if (json::get_string(door, "name") == name) return std::move(door);
    }
    const auto caller = TRY(catalog::caller(parts_.database, {std::string(kAssociationDoor), name}));
    if (!caller) return fail(Errc::not_found, "no intake has this name, and no caller has used this AE title");
    return to_json(*caller);
  }

  const Parts& parts_;
};

}  // namespace

void add_sources(Routes& routes, const Parts& parts) {
  const auto desk = std::make_shared<SourceDesk>(parts);
  routes.push_back({"GET", "/api/v1/sources", http::Scope::read,
                    replying([desk](const http::Request& request) { return desk->list(request); })});
  routes.push_back({"GET", "/api/v1/sources/{name}", http::Scope::read,
                    replying([desk](const http::Request& request) { return desk->show(request); })});
}

}  // namespace dmw::api
