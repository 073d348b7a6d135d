// MetaHeader: the preamble, "DICM" and File Meta Information that we write before a dataset received by C-STORE.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace dmw::sources {

struct MetaHeader {
  std::string_view sop_class;        // (0002,0002)
  std::string_view sop_instance;     // (0002,0003)
  std::string_view transfer_syntax;  // (0002,0010)
  std::string_view source_ae;        // (0002,0016)
};

/// With our implementation class and version. Values are at most 64 bytes long. Facts: PS3.10 §7.1.
std::string encode(const MetaHeader& meta);

/// The source_ae of a file that begins with a header from encode(). Empty if another program wrote the header, because
/// its AE title is then not that of our sender. `head`: the first 64 KiB, or all.
std::string source_ae_in(ByteView head);

}  // namespace dmw::sources
