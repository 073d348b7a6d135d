// A whole conversation: the acceptor sees and answers the same however its bytes are cut into pieces, and the datasets
// are those that a plain reading of the PDUs finds.
#include <cstdint>

#include "base/result.h"
#include "dicom/ul/test_conversation.h"
#include "dicom/ul/wire.h"

namespace {

using namespace dmw;

/// The bytes of all dataset PDVs of a conversation, as far as its lengths hold.
std::string plainly_read(ByteView input) {
  std::string datasets;
  while (input.size() >= 6) {
    const std::size_t length = std::min<std::size_t>(ul::load_u32(&input[2]), input.size() - 6);
    ByteView pdvs = input.subspan(6, length);
    const bool is_data = input[0] == std::byte{4};
    input = input.subspan(6 + length);
    while (is_data && pdvs.size() >= 6) {
      const std::size_t claimed = ul::load_u32(pdvs.data());
      const std::size_t count = std::min(claimed, pdvs.size() - 4);
      if (count < 2) return datasets;
      if ((pdvs[5] & std::byte{1}) == std::byte{}) datasets += as_text(pdvs.subspan(6, count - 2));
      pdvs = pdvs.subspan(4 + count);
    }
  }
  return datasets;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += part;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // The first byte says how the second reading is cut.
  const std::string input(as_text(std::as_bytes(std::span(data, size)).subspan(1)));
  const ul::Policy policy = ul::testing::any_storage(true);
  const ul::testing::Seen whole = ul::testing::converse(input, {}, policy);
  std::size_t piece = data[0];
  const auto cut = [&piece] { return piece = piece * 31 % 97 + 1; };
  ASSERT(ul::testing::converse(input, cut, policy) == whole);
  ASSERT(whole.ending != ul::Ending::none);
  const std::string seen = joined(whole.datasets);
  const std::string plain = plainly_read(as_bytes(input));
  ASSERT(plain.starts_with(seen));
  // A peer that breaks a rule gets an abort as the last PDU.
  const std::string_view said = whole.output;
  if (whole.ending == ul::Ending::violated) ASSERT(said.size() >= 10 && said[said.size() - 10] == '\7');
  return 0;
}
