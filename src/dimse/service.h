// Service: a DIMSE service that peers can use in an association, such as verification or storage.
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

/// The constant properties of a service.
struct ServiceTraits {
  std::string name;                            ///< in sentences for people: "storage"
  std::vector<ul::CommandField> operations;    ///< the requests that it serves
  std::vector<std::string> needed_parts = {};  ///< parts of the program whose trouble makes this service not ready
};

/// Any thread: many associations use the same service at the same time.
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

  /// The transfer syntax in which the service accepts a presentation context. An empty text: it supports the SOP class,
  /// but none of the proposed transfer syntaxes. Nullopt: the SOP class does not belong to this service.
  virtual std::optional<std::string> accepts(const ul::ProposedContext& context) const = 0;
  /// Serves a request of one of its operations. The context may be one that another service has accepted. The service
  /// must respond at least once; a dataset that it has not read is dropped afterwards. Errors, which end the
  /// association: those of request and responder.
  virtual Result<> handle(Request& request, Responder& responder) = 0;
  /// Whether the service can work now. Errors: the reason, for /ready.
  virtual Result<> ready() const { return {}; }

 private:
  const ServiceTraits traits_;
};

}  // namespace dmw::dimse
