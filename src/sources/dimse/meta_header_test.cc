#include "sources/dimse/meta_header.h"

#include <gtest/gtest.h>

#include "dicom/ul/pdu.h"

namespace dmw::sources {
namespace {

std::string header(std::string_view ae) {
  return encode({.sop_class = "1.2.840.10008.5.1.4.1.1.2",
                 .sop_instance = "1.2.3",
                 .transfer_syntax = "1.2.840.10008.1.2.1",
                 .source_ae = ae});
}

TEST(MetaHeader, TellsWhoSentTheFile) {
  for (const char* ae : {"CT1", "CT10", "", "SIXTEEN_LETTERS_"})
    EXPECT_EQ(source_ae_in(as_bytes(header(ae) + "dataset")), ae);
}

TEST(MetaHeader, OfSomebodyElseTellsNothing) {
  std::string other = header("CT1");
  const std::size_t at = other.find(ul::implementation_class_uid);
  other[at + 5] = other[at + 5] == '9' ? '8' : '9';
  EXPECT_EQ(source_ae_in(as_bytes(other)), "");
  EXPECT_EQ(source_ae_in(as_bytes(std::string("no DICOM file"))), "");
}

TEST(MetaHeader, ThatIsCutAnywhereIsNoTrouble) {
  const std::string whole = header("CT1");
  for (std::size_t bytes = 0; bytes + 1 < whole.size(); ++bytes)
    EXPECT_EQ(source_ae_in(as_bytes(whole.substr(0, bytes))), "");
}

}  // namespace
}  // namespace dmw::sources
