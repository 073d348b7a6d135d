// Services: the services of a listener, in the order of their precedence.
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
    std::string transfer_syntax;  ///< empty: none of the proposed ones is supported
  };
  /// The first service that accepts the context. Nullopt: no service supports its SOP class.
  std::optional<Acceptance> accepting(const ul::ProposedContext& context) const;
  /// The first service with this operation; null if there is none.
  Service* serving(ul::CommandField operation) const;

  /// Errors: that of the first service that is not ready.
  Result<> ready() const;
  /// The parts that at least one service needs.
  std::vector<std::string> needed_parts() const;
  /// For sentences: "storage and verification", "C-ECHO and C-STORE".
  std::string names() const;
  std::string operations() const;

 private:
  const std::vector<Service*> services_;
};

}  // namespace dmw::dimse
