#include "dimse/responder.h"

#include "dicom/ul/command.h"
#include "dimse/account.h"

namespace dmw::dimse {

Result<> Responder::respond(ul::Status status, std::string_view comment) {
  const std::string response = ul::encode(ul::response(request_.command, status, comment));
  return association_.send_command(request_.context->id, as_bytes(response));
}

void Responder::kept(std::uint64_t size_bytes) {
  account_.kept(size_bytes);
}

void Responder::refused(ul::Status status, const std::string& words) {
  account_.refused(status, words);
}

}  // namespace dmw::dimse
