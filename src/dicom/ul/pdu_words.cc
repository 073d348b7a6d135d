#include "base/format.h"
#include "dicom/ul/pdu.h"

namespace dmw::ul {
namespace {

/// PS3.8 Table 9-21.
std::string_view reason_of(const Rejection& rejection) {
  switch (rejection.source << 8U | rejection.reason) {
    case 0x102:
      return "application context name not supported";
    case 0x103:
      return "calling AE title not recognized";
    case 0x107:
      return "called AE title not recognized";
    case 0x202:
      return "protocol version not supported";
    case 0x301:
      return "temporary congestion";
    case 0x302:
      return "local limit exceeded";
    default:
      return "no reason given";
  }
}

/// PS3.8 Table 9-26.
std::string_view reason_of_provider(std::uint8_t reason) {
  switch (reason) {
    case 1:
      return "unrecognized PDU";
    case 2:
      return "unexpected PDU";
    case 4:
      return "unrecognized PDU parameter";
    case 5:
      return "unexpected PDU parameter";
    case 6:
      return "invalid PDU parameter value";
    default:
      return "no reason given";
  }
}

}  // namespace

std::string describe(PduType type) {
  switch (type) {
    case PduType::associate_rq:
      return "A-ASSOCIATE-RQ";
    case PduType::associate_ac:
      return "A-ASSOCIATE-AC";
    case PduType::associate_rj:
      return "A-ASSOCIATE-RJ";
    case PduType::p_data:
      return "P-DATA-TF";
    case PduType::release_rq:
      return "A-RELEASE-RQ";
    case PduType::release_rp:
      return "A-RELEASE-RP";
    case PduType::abort:
      return "A-ABORT";
  }
  const auto number = static_cast<unsigned>(type);
  if (number == 0x16) return "what looks like TLS";
  if (number >= 'A' && number <= 'Z') return "what looks like HTTP";
  return format("a PDU of type {:02X}H", number);
}

std::string_view describe(ContextResult result) {
  switch (result) {
    case ContextResult::accepted:
      return "accepted";
    case ContextResult::user_rejection:
      return "refused by the user";
    case ContextResult::no_reason:
      return "refused without a reason";
    case ContextResult::abstract_syntax_not_supported:
      return "abstract syntax not supported";
    case ContextResult::transfer_syntaxes_not_supported:
      return "transfer syntaxes not supported";
  }
  return "refused with an unknown result";
}

std::string describe(const Rejection& rejection) {
  return format("rejected {}: {}", rejection.transient() ? "for now" : "for good", reason_of(rejection));
}

std::string describe(const Abort& abort) {
  if (abort.source == 0) return "aborted by the application";
  return format("aborted by the provider: {}", reason_of_provider(abort.reason));
}

}  // namespace dmw::ul
