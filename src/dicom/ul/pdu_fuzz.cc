// PDUs that are held as a whole: whatever the bytes are, what was decoded and is encoded again says the same, and what
// is negotiated about it can be read by its requestor.
#include <cstdint>

#include "base/result.h"
#include "dicom/ul/negotiation.h"
#include "dicom/ul/pdu.h"
#include "dicom/ul/test_conversation.h"

namespace {

using namespace dmw;

ByteView body_of(const std::string& pdu) {
  return as_bytes(std::string_view(pdu).substr(ul::pdu_header_bytes));
}

bool is_printable(std::string_view text) {
  return text.find_first_not_of(
             " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopq"
             "rstuvwxyz{|}~") == std::string_view::npos;
}

void check_request(ByteView body) {
  const Result<ul::AssociateRequest> request = ul::decode_associate_rq(body);
  if (!request) return;
  ASSERT(is_printable(request->called_ae) && is_printable(request->calling_ae));
  ASSERT(request->contexts.size() <= 128);
  for (const ul::ProposedContext& context : request->contexts) ASSERT(is_printable(context.abstract_syntax));
  const std::string encoded = ul::encode(*request);
  ASSERT(encoded.size() <= body.size() + 1024);
  const Result<ul::AssociateRequest> again = ul::decode_associate_rq(body_of(encoded));
  // The output follows the Standard, except for the number of a context.
  ul::AssociateRequest expected = *request;
  for (ul::ProposedContext& context : expected.contexts) context.is_malformed = context.id % 2 == 0;
  ASSERT(again && *again == expected);
  const auto answer = ul::negotiate(*request, ul::testing::any_storage(true));
  if (!answer) return;
  ASSERT(answer->contexts.size() == request->contexts.size());
  const Result<ul::AssociateAccept> read = ul::decode_associate_ac(body_of(ul::encode(*answer)));
  ASSERT(read && *read == *answer);
}

void check_accept(ByteView body) {
  const Result<ul::AssociateAccept> accept = ul::decode_associate_ac(body);
  if (!accept) return;
  const Result<ul::AssociateAccept> again = ul::decode_associate_ac(body_of(ul::encode(*accept)));
  ASSERT(again && *again == *accept);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < ul::pdu_header_bytes) return 0;
  const ByteView body = std::as_bytes(std::span(data, size)).subspan(ul::pdu_header_bytes);
  switch (ul::PduType{data[0]}) {
    case ul::PduType::associate_rq:
      check_request(body);
      break;
    case ul::PduType::associate_ac:
      check_accept(body);
      break;
    case ul::PduType::associate_rj:
      if (const auto rejection = ul::decode_associate_rj(body)) ASSERT(is_printable(ul::describe(*rejection)));
      break;
    default:
      if (const auto abort = ul::decode_abort(body)) ASSERT(is_printable(ul::describe(*abort)));
      break;
  }
  return 0;
}
