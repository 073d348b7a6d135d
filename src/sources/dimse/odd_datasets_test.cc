// What C-STORE does with data sets that are cut, or not in the transfer syntax that was agreed.
#include <gmock/gmock.h>

#include "base/deflate.h"
#include "sources/dimse/test_storage.h"

namespace dmw::sources {
namespace {

using OddFile = dicom::testing::File;
using ::testing::HasSubstr;

constexpr std::string_view sop = "1.2.3.4.5";

OddFile odd_image(std::string_view syntax) {
  OddFile file = OddFile::instance("1.2.3", "1.2.3.4", sop, syntax);
  return file.us(0x00280002, 1).us(0x00280010, 8).us(0x00280011, 8).us(0x00280100, 8);
}
OddFile whole_image(std::string_view syntax, std::size_t frames = 1) {
  return odd_image(syntax).text(0x00280008, "IS", std::to_string(frames)).pixels(64 * frames);
}

class OddDatasetsTest : public StorageTest {
 protected:
  /// The status of this data set in a context of this transfer syntax.
  ul::Answer answer(const std::string& dataset, std::string_view agreed) {
    const auto scu = associated("SCU", agreed);
    const Result<ul::Answer> told = scu->store_dataset(dataset, sop);
    EXPECT_TRUE(told) << told.error().message();
    EXPECT_TRUE(scu->association().release());
    return told ? *told : ul::Answer();
  }
  void expect_refused(const std::string& dataset, std::string_view agreed, std::string_view words) {
    const ul::Answer told = answer(dataset, agreed);
    EXPECT_EQ(told.status, ul::Status::cannot_understand);
    EXPECT_THAT(told.error_comment, HasSubstr(words));
    EXPECT_LE(told.error_comment.size(), 64U);
    EXPECT_EQ(spooled(), 0U) << "nothing of it is kept";
  }
  /// The one that was kept, which is then gone.
  SpooledInstance kept() {
    const std::vector<SpooledInstance> items = inbox_->claim(10, UINT64_MAX).value();
    EXPECT_EQ(items.size(), 1U);
    if (items.empty()) return {};
    bytes_ = read_file(items[0].file);
    EXPECT_TRUE(inbox_->finish(items));
    return items[0];
  }
  std::string bytes_;
};

TEST_F(OddDatasetsTest, RefusesAnInstanceThatIsCut) {
  open();
  for (const auto syntax : {dicom::implicit_little, dicom::explicit_little, dicom::explicit_big}) {
    const std::string whole = whole_image(syntax, 1000).dataset();
    for (const std::size_t missing : {std::size_t{1}, std::size_t{64}, std::size_t{63'000}})
      expect_refused(whole.substr(0, whole.size() - missing), syntax, "cut");
    expect_refused(odd_image(syntax).pixels(62).dataset(), syntax, "cut");
  }
  const std::string jpeg = odd_image(dicom::testing::jpeg_baseline).fragment(std::string(1000, 'x')).dataset();
  for (const std::size_t missing : {1, 8, 500})
    expect_refused(jpeg.substr(0, jpeg.size() - missing), dicom::testing::jpeg_baseline, "cut");
  const std::string stream = deflated(whole_image(dicom::explicit_little).dataset(), Wrapping::none);
  expect_refused(stream.substr(0, stream.size() - 1), dicom::deflated_little, "cut");

  EXPECT_EQ(answer(jpeg, dicom::testing::jpeg_baseline).status, ul::Status::success);
  EXPECT_FALSE(kept().header->flags.has(Flag::truncated_pixel_data));
}

TEST_F(OddDatasetsTest, NamesTheEncodingThatADataSetHas) {
  open();
  const std::string_view plain[] = {dicom::implicit_little, dicom::explicit_little, dicom::explicit_big};
  for (const auto agreed :
       {dicom::implicit_little, dicom::explicit_little, dicom::explicit_big, dicom::deflated_little}) {
    for (const auto real : plain) {
      for (const std::size_t frames : {1, 1000}) {  // shorter and longer than what is looked at first
        const std::string dataset = whole_image(real, frames).dataset();
        EXPECT_EQ(answer(dataset, agreed).status, ul::Status::success) << agreed << real;
        const SpooledInstance item = kept();
        const dicom::Prefix prefix = dicom::read_prefix(as_bytes(bytes_));
        EXPECT_EQ(prefix.transfer_syntax, real) << agreed;
        EXPECT_EQ(bytes_.substr(prefix.dataset_offset), dataset) << "byte for byte";
        EXPECT_EQ(item.header->transfer_syntax, real);
        EXPECT_EQ(item.header->flags.has(Flag::transfer_syntax_mismatch), agreed != real);
      }
    }
  }
}

TEST_F(OddDatasetsTest, RefusesWhatNoTransferSyntaxNames) {
  open();
  const std::string native = whole_image(dicom::explicit_little).dataset();
  expect_refused(native, dicom::testing::jpeg_baseline, "not in the agreed transfer syntax");
  expect_refused(whole_image(dicom::implicit_little).dataset(), dicom::testing::jpeg_baseline, "agreed");
  expect_refused(odd_image(dicom::explicit_little).fragment("abcd").dataset(), dicom::explicit_little, "agreed");
  expect_refused(deflated(native, Wrapping::zlib), dicom::deflated_little, "agreed");
  expect_refused(deflated(native, Wrapping::none), dicom::explicit_little, "");
}

TEST_F(OddDatasetsTest, TakesNoTransferSyntaxFromElementsOfGroup2) {
  open();
  const std::string image = whole_image(dicom::explicit_little).dataset();
  const std::string left = OddFile().text(0x00020010, "UI", dicom::implicit_little).dataset();
  EXPECT_EQ(answer(left + image, dicom::explicit_little).status, ul::Status::success);
  const SpooledInstance item = kept();
  EXPECT_EQ(item.header->transfer_syntax, dicom::explicit_little);
  EXPECT_TRUE(item.header->flags.has(Flag::odd_encoding));
  EXPECT_EQ(item.fingerprint.dataset_sha256, Sha256::of(as_bytes(left + image)));
  // Other readers would follow it, and find nothing.
  const std::string wrong = OddFile().text(0x00020010, "UI", dicom::explicit_big).dataset();
  expect_refused(wrong + image, dicom::explicit_little, "group 0002");
}

}  // namespace
}  // namespace dmw::sources
