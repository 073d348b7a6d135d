// The pages for people: /, /docs and /redoc, and the specification that they show. All files are compiled into the
// program, and a page may load files from this program only.
#include <array>
#include <string_view>

#include "api/reply.h"
#include "api/routes.h"
#include "generated/api_docs.h"
#include "http/conditions.h"

namespace dmw::api {
namespace {

struct Text {
  std::string_view name;
  std::string_view text;
};

constexpr std::array texts = std::to_array<Text>({
#include "texts.inc"
});

constexpr std::string_view kScript = "text/javascript; charset=utf-8";

/// An asset that the pages load.
struct OwnAsset {
  std::string_view name;
  std::string_view content_type;
};
constexpr std::array own_assets = std::to_array<OwnAsset>({{"docs.js", kScript},
                                                           {"redoc.js", kScript},
                                                           {"start.mjs", kScript},
                                                           {"upload.mjs", kScript},
                                                           {"well.mjs", kScript},
                                                           {"pages.css", "text/css; charset=utf-8"}});

constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";
// Swagger UI and Redoc set styles on elements; neither needs a script inside the page.
constexpr std::string_view kDocsPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src "
    "'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string text_of(std::string_view name) {
  const auto found = std::ranges::find(texts, name, &Text::name);
  ASSERT(found != texts.end());
  return std::string(found->text);
}

http::RouteFunction page(std::string_view name, std::string_view policy) {
  return replying([name, policy](const http::Request&) -> Reply {
    http::Answer answer = http::Answer::text(200, "text/html; charset=utf-8", text_of(name));
    answer.headers.set("Content-Security-Policy", std::string(policy));
    answer.headers.set("Cache-Control", "no-cache");
    return answer;
  });
}

Reply asset(const http::Request& request) {
  const std::string& file = request.parameter("file");
  if (const auto own = std::ranges::find(own_assets, file, &OwnAsset::name); own != own_assets.end()) {
    http::Answer answer = http::Answer::text(200, std::string(own->content_type), text_of(file));
    answer.headers.set("Cache-Control", "no-cache");
    return answer;
  }
  const api_docs::Asset* const found = api_docs::find_asset(file);
  if (found == nullptr) return refuse(404, "there is no such asset");
  if (!http::accepts_coding(request.headers, "gzip"))
    return refuse(406, "this asset is available with gzip encoding only");
  http::Answer answer = http::Answer::text(200, std::string(found->content_type), std::string(found->gzip_bytes));
  answer.headers.set("Content-Encoding", "gzip");
  answer.headers.set("Vary", "Accept-Encoding");
  answer.headers.set("ETag", std::string(found->etag));
  answer.headers.set("Cache-Control", "no-cache");
  const http::Condition condition = http::condition_of(request, found->etag);
  if (condition == http::Condition::failed) return refuse(412, "this asset is not the one that If-Match names");
  if (condition == http::Condition::not_modified) {
    answer.status = 304;
    answer.body = std::string();
  }
  return answer;
}

}  // namespace

void add_pages(Routes& routes) {
  // All files are in memory, so the pages work without the database.
  const auto add = [&](std::string path, http::RouteFunction function) {
    http::Route& route = routes.emplace_back("GET", std::move(path), http::Scope::open, std::move(function));
    route.prompt = true;
  };
  add("/", page("index.html", kPagePolicy));
  add("/docs", page("docs.html", kDocsPolicy));
  add("/redoc", page("redoc.html", kDocsPolicy));
  add("/assets/{file}", replying(asset));
  add("/openapi.json",
      replying([](const http::Request&) -> Reply { return http::Answer::json(200, text_of("openapi.json")); }));
}

}  // namespace dmw::api
