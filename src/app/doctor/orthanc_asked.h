// An Orthanc of the settings, asked with little patience.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "config/settings.h"
#include "http/client.h"

namespace dmw::app::doctor {

/// Its URL is set.
http::Client orthanc_client(const config::Orthanc& orthanc);
/// Errors: invalid (no JSON object comes), and those of the client.
Result<json::object> ask_orthanc(http::Client& client, std::string_view path);

}  // namespace dmw::app::doctor
