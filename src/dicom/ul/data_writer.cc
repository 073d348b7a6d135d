#include "dicom/ul/data_writer.h"

#include <algorithm>
#include <span>

#include "dicom/ul/pdu.h"
#include "dicom/ul/wire.h"

namespace dmw::ul {

Result<> DataWriter::add(ByteView bytes, bool command, bool last) {
  do {
    if (pdus_ == pdus_max) TRY(flush());
    const ByteView payload = bytes.first(std::min(payload_max_, bytes.size()));
    bytes = bytes.subspan(payload.size());
    const auto length = static_cast<std::uint32_t>(payload.size());
    Heading& heading = headings_[pdus_];
    heading[0] = static_cast<std::byte>(PduType::p_data);
    heading[1] = std::byte{0};
    store_u32(&heading[2], length + static_cast<std::uint32_t>(pdv_heading_bytes));
    store_u32(&heading[6], length + 2);
    heading[10] = std::byte{context_};
    heading[11] = static_cast<std::byte>((command ? 1U : 0U) | (last && bytes.empty() ? 2U : 0U));
    parts_[2 * pdus_] = heading;
    parts_[2 * pdus_ + 1] = payload;
    ++pdus_;
  } while (!bytes.empty());
  return {};
}

Result<> DataWriter::flush() {
  const std::size_t count = 2 * pdus_;
  pdus_ = 0;
  return transport_.write(std::span(parts_).first(count), deadline_);
}

}  // namespace dmw::ul
