// Service: what peers may ask for in an association, such as verification or storage.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "dicom/ul/command.h"
#include "dicom/ul/pdu.h"
#include "dimse/request.h"
#include "dimse/responder.h"

namespace dmw::dimse {

/// What is the same of a service as long as it lives.
struct ServiceTraits {
  std::string name;                            ///< in sentences for people: "storage"
  std::vector<ul::CommandField> operations;    ///< the requests that it serves
  std::vector<std::string> needed_parts = {};  ///< names of the parts whose trouble explains that it is not ready
};

/// Any thread: many associations ask the same service at once.
class Service {
 public:
  explicit Service(ServiceTraits traits) : traits_(std::move(traits)) {}
  virtual ~Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  const ServiceTraits& traits() const { return traits_; }
  bool serves(ul::CommandField operation) const {
    return std::ranges::find(traits_.operations, operation) != traits_.operations.end();
  }

  /// The transfer syntax in which it accepts a presentation context; empty: in none of those that were proposed.
  /// Nothing: its SOP class is not one of this service.
  virtual std::optional<std::string> accepts(const ul::ProposedContext& context) const = 0;
  /// Serves a request of one of the operations. Its context may be one that another service has accepted. Responds to
  /// it at least once; a data set that was not taken is dropped afterwards. Errors end the association: those of
  /// request and responder.
  virtual Result<> handle(Request& request, Responder& responder) = 0;
  /// Can it serve now? Errors: in words, for /ready.
  virtual Result<> ready() const { return {}; }

 private:
  const ServiceTraits traits_;
};

}  // namespace dmw::dimse
