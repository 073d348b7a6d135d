#include "dicom/header.h"

#include "dicom/dataset.h"
#include "dicom/recording.h"

namespace dmw::dicom {

Result<Header> read_header(ByteSource& file, std::uint64_t limit_bytes) {
  return read_header(file, HeaderLimits{.bytes = limit_bytes});
}

Result<Header> read_header(ByteSource& file, const HeaderLimits& limits) {
  Dataset dataset = TRY(open_dataset(file, limits.bytes));
  Header header;
  Window window(dataset.bytes());
  Recording recording(limits.elements);
  const WalkEnd end = TRY(Walk(window, recording, limits.bytes).run(dataset.offset, dataset.encoding));
  if (recording.is_full())
    return fail(Errc::too_large, format("the header has more than {} elements", limits.elements));
  header.header_bytes = TRY(dataset.conclude(end, {}, limits.bytes));
  header.flags = dataset.flags;
  put_in_order(recording.elements);
  header.elements = std::move(recording.elements);
  header.transfer_syntax = std::move(dataset.transfer_syntax);
  header.meta_sop_class = std::move(dataset.meta_sop_class);
  header.meta_sop_uid = std::move(dataset.meta_sop_uid);
  header.inflated = std::move(dataset.inflated);
  return header;
}

}  // namespace dmw::dicom
