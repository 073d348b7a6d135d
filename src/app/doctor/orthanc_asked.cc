#include "app/doctor/orthanc_asked.h"

#include "app/orthancs.h"

namespace dmw::app::doctor {
namespace {

constexpr std::chrono::seconds orthanc_patience{5};

}  // namespace

http::Client orthanc_client(const config::Orthanc& orthanc) {
  http::ClientOptions options = orthanc_options(orthanc, {}, Uuid()).client();
  options.connect_timeout = orthanc_patience;
  return http::Client(std::move(options));
}

Result<json::object> ask_orthanc(http::Client& client, std::string_view path) {
  http::CallOptions call;
  call.stall_timeout = orthanc_patience;
  const http::Response response = TRY(client.get(path, call));
  TRY(http::expect_success(response));
  const Result<json::value> body = json::parse(response.body);
  if (!body || !body->is_object()) return fail(Errc::invalid, "the server that answers there is not Orthanc");
  return body->get_object();
}

}  // namespace dmw::app::doctor
