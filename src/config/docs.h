// `config docs`: writes docs/operations/configuration.md from the settings table.
#pragma once

#include <string>

namespace dmw::config {

/// The content of the file; the same for every run of one version.
std::string docs_markdown();

}  // namespace dmw::config
