#include "dimse/services.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dmw::dimse {
namespace {

/// "a, b and c", sorted.
std::string listed(std::vector<std::string> words) {
  std::ranges::sort(words);
  std::string text;
  for (std::size_t n = 0; n < words.size(); ++n) {
    if (n != 0) text += n + 1 == words.size() ? " and " : ", ";
    text += words[n];
  }
  return text;
}

}  // namespace

std::optional<Services::Acceptance> Services::accepting(const ul::ProposedContext& context) const {
  for (Service* const service : services_) {
    if (std::optional<std::string> taken = service->accepts(context)) return Acceptance{service, *std::move(taken)};
  }
  return std::nullopt;
}

Service* Services::serving(ul::CommandField operation) const {
  const auto found =
      std::ranges::find_if(services_, [&](const Service* service) { return service->serves(operation); });
  return found == services_.end() ? nullptr : *found;
}

Result<> Services::ready() const {
  for (const Service* const service : services_) TRY(service->ready());
  return {};
}

std::vector<std::string> Services::needed_parts() const {
  std::vector<std::string> parts;
  for (const Service* const service : services_)
    std::ranges::copy(service->traits().needed_parts, std::back_inserter(parts));
  return parts;
}

std::string Services::names() const {
  std::vector<std::string> names;
  for (const Service* const service : services_) names.push_back(service->traits().name);
  return listed(std::move(names));
}

std::string Services::operations() const {
  std::vector<std::string> names;
  for (const Service* const service : services_) {
    for (const ul::CommandField operation : service->traits().operations) {
      std::string name = ul::describe(operation);
      names.push_back(name.substr(0, name.rfind("-RQ")));
    }
  }
  return listed(std::move(names));
}

}  // namespace dmw::dimse
