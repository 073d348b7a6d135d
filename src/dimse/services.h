// Services: the services of a listener, in the order in which they are asked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dimse/service.h"

namespace dmw::dimse {

/// Any thread.
class Services {
 public:
  /// The services outlive this.
  explicit Services(std::vector<Service*> services) : services_(std::move(services)) {}

  struct Acceptance {
    Service* service = nullptr;
    std::string transfer_syntax;  ///< empty: in none of those that were proposed
  };
  /// The first service that accepts the context. Nothing: its SOP class is not served.
  std::optional<Acceptance> accepting(const ul::ProposedContext& context) const;
  /// The first service of this operation; null when there is none.
  Service* serving(ul::CommandField operation) const;

  /// Of the first that is not ready. Errors: those of Service::ready().
  Result<> ready() const;
  /// The parts that any of them needs.
  std::vector<std::string> needed_parts() const;
  /// For sentences: "storage and verification", "C-ECHO and C-STORE".
  std::string names() const;
  std::string operations() const;

 private:
  const std::vector<Service*> services_;
};

}  // namespace dmw::dimse
