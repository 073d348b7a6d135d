#include "dicom/header.h"

#include "dicom/dataset.h"
#include "dicom/recording.h"

namespace dmw::dicom {

Result<Header> read_header(ByteSource& file, std::uint64_t limit_bytes) {
  Dataset dataset = TRY(open_dataset(file, limit_bytes));
  Header header;
  Window window(dataset.bytes());
  Recording recording;
  const WalkEnd end = TRY(Walk(window, recording, limit_bytes).run(dataset.offset, dataset.encoding));
  header.header_bytes = TRY(dataset.conclude(end, {}, limit_bytes));
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
