// Conversations for tests and fuzz targets: what a requestor says, written byte by byte, and an acceptor that answers
// it and writes down all that it sees.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/format.h"
#include "dicom/ul/association.h"
#include "dicom/ul/message_reader.h"
#include "dicom/ul/negotiation.h"
#include "dicom/ul/sop_classes.h"
#include "dicom/ul/test_transport.h"

namespace dmw::ul::testing {

inline constexpr std::string_view ct_image = "1.2.840.10008.5.1.4.1.1.2";

inline std::string big_endian(std::size_t value, unsigned count) {
  std::string out;
  for (unsigned i = count; i-- > 0;) out += static_cast<char>(value >> (8U * i));
  return out;
}

/// A PDU, an item, and a PDV; `length` in place of the true one where a test lies.
inline std::string pdu(unsigned type, std::string_view body, std::size_t length = std::string::npos) {
  return big_endian(type, 1) + '\0' + big_endian(length == std::string::npos ? body.size() : length, 4) +
         std::string(body);
}
inline std::string item(unsigned type, std::string_view body, std::size_t length = std::string::npos) {
  return big_endian(type, 1) + '\0' + big_endian(length == std::string::npos ? body.size() : length, 2) +
         std::string(body);
}
enum Control : unsigned { data = 0, command = 1, last_data = 2, last_command = 3 };
inline std::string pdv(unsigned context, Control control, std::string_view bytes) {
  return big_endian(bytes.size() + 2, 4) + big_endian(context, 1) + big_endian(control, 1) + std::string(bytes);
}
inline std::string p_data(std::string_view pdvs) {
  return pdu(4, pdvs);
}

/// Verification in context 1, CT in 3.
inline AssociateRequest a_request() {
  AssociateRequest request{.called_ae = "DMW", .calling_ae = "TEST"};
  request.contexts = {{1, std::string(verification_sop_class), {std::string(implicit_little_endian)}},
                      {3, std::string(ct_image), {std::string(explicit_little_endian)}}};
  request.user.pdu_length_max = 16384;
  request.user.implementation_class = "1.2.3";
  return request;
}

inline std::string an_echo(std::uint16_t id = 1) {
  return encode(Command{.field = CommandField::c_echo_rq, .message_id = id, .sop_class = verification_sop_class});
}
inline std::string a_store(std::uint16_t id = 1) {
  return encode(Command{.field = CommandField::c_store_rq,
                        .message_id = id,
                        .has_dataset = true,
                        .sop_class = ct_image,
                        .sop_instance = "1.2.3.4.5"});
}

/// Accepts verification, storage and, if told, private SOP classes, in any transfer syntax.
inline Policy any_storage(bool accept_private = false, const std::string& ae_title = {}) {
  return {.ae_title = ae_title, .accepts = [accept_private](const ProposedContext& proposed) {
            const std::string& sop_class = proposed.abstract_syntax;
            const bool taken = sop_class == verification_sop_class || is_storage(sop_class) ||
                               (accept_private && is_private_uid(sop_class));
            return taken ? std::optional(preferred(proposed.transfer_syntaxes)) : std::nullopt;
          }};
}

/// What an acceptor sees of a conversation.
struct Seen {
  std::string log;                    ///< a line for each event
  std::vector<std::string> datasets;  ///< as their sinks were given them
  std::string output;                 ///< what was answered
  Ending ending = Ending::none;

  bool operator==(const Seen&) const = default;
};

/// Answers every request with success until the association ends.
inline void serve(Association& association, Seen& seen) {
  MessageReader reader(association, {});
  for (;;) {
    const Result<std::optional<Message>> message = reader.next();
    if (!message) seen.log += message.error().message() + '\n';
    if (!message || !*message) return;
    const Command& request = (*message)->command;
    seen.log += format("{} {} in {}\n", describe(request.field), request.message_id, (*message)->context->id);
    if (request.has_dataset) {
      std::string& dataset = seen.datasets.emplace_back();
      const Result<> taken = reader.dataset([&](ByteView bytes) {
        dataset += as_text(bytes);
        return true;
      });
      if (!taken) seen.log += taken.error().message() + '\n';
      if (!taken) return;
    }
    const std::string answer = encode(response(request, Status::success));
    if (!association.send_command((*message)->context->id, as_bytes(answer))) return;
  }
}

/// Plays the acceptor to `input`, of which each read gives at most piece() bytes.
inline Seen converse(std::string input, std::function<std::size_t()> piece = {}, const Policy& policy = any_storage()) {
  Seen seen;
  ScriptedTransport transport(std::move(input));
  if (piece) transport.piece = std::move(piece);
  Association association(transport, {});
  const Result<AssociateRequest> request = association.await_request();
  if (!request) {
    seen.log += request.error().message() + '\n';
  } else if (const auto answer = negotiate(*request, policy); !answer) {
    seen.log += describe(answer.error()) + '\n';
    static_cast<void>(association.reject(answer.error()));
  } else if (association.accept(*answer)) {
    serve(association, seen);
  }
  seen.output = transport.output;
  seen.ending = association.ending();
  return seen;
}

}  // namespace dmw::ul::testing
