// A whole conversation from the other side: the requestor proposes, asks and releases, and the input is what the peer
// answers. It sees and says the same however the answers are cut into pieces, and comes to an end.
#include <cstdint>

#include "base/result.h"
#include "dicom/ul/service_user.h"
#include "dicom/ul/test_conversation.h"

namespace {

using namespace dmw;

constexpr std::chrono::milliseconds patience{60'000};

struct Told {
  std::string log;  // a line for each answer and error
  std::string output;
  ul::Ending ending = ul::Ending::none;
  bool operator==(const Told&) const = default;
};

std::string told(const Result<ul::Answer>& answer) {
  if (!answer) return answer.error().message() + '\n';
  return format("{:04X} {}\n", static_cast<unsigned>(answer->status), answer->error_comment);
}

Result<ul::Answer> store(ul::ServiceUser& user) {
  dicom::MemorySource file(as_bytes("metadataset"));
  return user.store({.sop_class = ul::testing::ct_image,
                     .sop_instance = "1.2.3.4.5",
                     .transfer_syntax = ul::explicit_little_endian,
                     .dataset_offset = 4},
                    file);
}

/// One whole message or the end: how many pieces it comes in is the transport's to say.
std::string hear(ul::Association& association) {
  for (;;) {
    const auto piece = association.receive(ul::from_now(patience));
    if (!piece) return piece.error().message() + '\n';
    if (!*piece || (*piece)->last) return "heard\n";
  }
}

/// `acts`: two bits for each, what the user does; at the end it releases.
void use(ul::Association& association, std::uint8_t acts, Told& seen) {
  ul::ServiceUser user(association, patience);
  for (; acts != 0; acts >>= 2U) {
    if ((acts & 3U) == 1) seen.log += told(user.echo());
    if ((acts & 3U) == 2) seen.log += told(store(user));
    if ((acts & 3U) == 3) seen.log += hear(association);
  }
  if (const Result<> released = association.release(); !released) seen.log += released.error().message() + '\n';
}

Told converse(const std::string& input, std::uint8_t acts, std::function<std::size_t()> piece = {}) {
  Told seen;
  ul::testing::ScriptedTransport transport(input);
  if (piece) transport.piece = std::move(piece);
  ul::Association association(transport, {});
  if (const Result<> agreed = association.request(ul::testing::a_request()); !agreed) {
    seen.log += agreed.error().message() + '\n';
  } else {
    ASSERT(association.contexts().size() <= 2);  // so many were proposed
    use(association, acts, seen);
  }
  seen.output = std::move(transport.output);
  seen.ending = association.ending();
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  // The first byte says how the second reading is cut, the second what the user does.
  const std::string input(as_text(std::as_bytes(std::span(data, size)).subspan(2)));
  const std::uint8_t acts = data[1];
  const Told whole = converse(input, acts);
  std::size_t piece = data[0];
  ASSERT(converse(input, acts, [&piece] { return piece = piece * 31 % 97 + 1; }) == whole);
  ASSERT(whole.ending != ul::Ending::none);
  const std::string_view said = whole.output;
  if (whole.ending == ul::Ending::violated) ASSERT(said.size() >= 10 && said[said.size() - 10] == '\7');
  for (const char c : whole.log) ASSERT(c == '\n' || (c >= 0x20 && c <= 0x7E));
  return 0;
}
