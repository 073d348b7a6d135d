#include "line.h"

#include <array>
#include <chrono>
#include <utility>

#include "dicom/ul/service_user.h"

namespace dmw::bench {
namespace {

constexpr std::chrono::seconds patience{30};

}  // namespace

Line::Line(std::unique_ptr<ul::SocketTransport> transport, std::string_view sop_class)
    : transport_(std::move(transport)),
      association_(*transport_, {.artim = patience, .write = patience}),
      reader_(association_, {.idle = patience, .stall = patience}),
      sop_class_(sop_class) {}

Result<std::unique_ptr<Line>> Line::open(std::uint16_t port, std::string_view called_ae, const dicom::Prefix& kind) {
  const std::array sop_classes = {std::string(kind.sop_class)};
  const std::array transfer_syntaxes = {std::string(kind.transfer_syntax)};
  auto transport = TRY(ul::SocketTransport::connect("127.0.0.1", port, std::chrono::steady_clock::now() + patience));
  std::unique_ptr<Line> line(new Line(std::move(transport), kind.sop_class));
  TRY(line->association_.request(TRY(ul::propose("DMW_BENCH", called_ae, sop_classes, transfer_syntaxes))));
  for (const ul::AgreedContext& context : line->association_.contexts()) {
    if (context.abstract_syntax == kind.sop_class) line->context_ = context.id;
  }
  if (line->context_ == 0) return fail(Errc::unsupported, "the peer does not take " + std::string(kind.sop_class));
  return line;
}

Result<ul::Status> Line::store(std::string_view sop_instance, ByteView dataset) {
  const std::string command = ul::encode({.field = ul::CommandField::c_store_rq,
                                          .message_id = ++message_id_,
                                          .has_dataset = true,
                                          .sop_class = sop_class_,
                                          .sop_instance = sop_instance});
  TRY(association_.send_message(context_, as_bytes(command), dataset));
  const std::optional<ul::Message> answer = TRY(reader_.next());
  if (!answer || answer->command.field != ul::CommandField::c_store_rsp || answer->command.message_id != message_id_)
    return fail(Errc::corrupted, "the peer answered something else");
  return answer->command.status;
}

}  // namespace dmw::bench
