#include "ingest/settle_rules.h"

#include <algorithm>

namespace dmw::ingest {
namespace {

void apply(const std::map<std::string, SettleException>& exceptions, const std::string& name, SettleRule& rule) {
  const auto found = exceptions.find(name);
  if (found == exceptions.end()) return;
  rule.quiet = found->second.quiet.value_or(rule.quiet);
  rule.most = found->second.most.value_or(rule.most);
}

}  // namespace

SettleRule SettleRules::of(const std::string& source, const std::string& calling_ae) const {
  SettleRule rule = usual;
  apply(by_source, source, rule);
  apply(by_ae, calling_ae, rule);
  return rule;
}

std::chrono::milliseconds SettleRules::shortest() const {
  std::chrono::milliseconds shortest = usual.quiet;
  for (const auto* exceptions : {&by_source, &by_ae}) {
    for (const auto& [name, exception] : *exceptions) shortest = std::min(shortest, exception.quiet.value_or(shortest));
  }
  return shortest;
}

}  // namespace dmw::ingest
