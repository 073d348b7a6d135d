// `config docs`: docs/operations/configuration.md, written from the settings table.
#pragma once

#include <string>

namespace dmw::config {

/// The whole file; the same for every run of one version.
std::string docs_markdown();

}  // namespace dmw::config
