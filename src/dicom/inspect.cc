#include "dicom/inspect.h"

#include "base/format.h"
#include "base/terminal.h"
#include "dicom/dicom_json.h"
#include "dicom/read_attributes.h"

namespace dmw::dicom {
namespace {

class Lines {
 public:
  void add(std::string_view label, std::string_view tag, std::string_view value) {
    if (!value.empty()) text_ += format("{:<22} {:<12} {}\n", label, tag, for_terminal(value));
  }
  void add(std::string_view label, std::string_view tag, const Private<std::string>& value) {
    add(label, tag, value.reveal());
  }
  void add(std::string_view label, std::string_view tag, const std::optional<std::int32_t>& value) {
    if (value) add(label, tag, std::to_string(*value));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// What each flag means, for a person; in the order of Flag.
std::string_view in_words(std::string_view flag) {
  if (flag == "charset_guessed") return "text did not fit its Specific Character Set and was guessed";
  if (flag == "truncated_pixel_data") return "Pixel Data, or an element after it, ends early: the file was cut off";
  if (flag == "missing_pixel_data") return "an image without Pixel Data: the file ends after the header";
  if (flag == "meta_mismatch") return "the File Meta Information names another instance than the dataset";
  if (flag == "bad_value") return "a value does not fit its VR; kept as received";
  if (flag == "odd_encoding") return "not encoded as its transfer syntax says, but readable";
  if (flag == "transfer_syntax_mismatch") return "not in the transfer syntax of its File Meta Information";
  if (flag == "no_meta") return "no preamble or no File Meta Information";
  if (flag == "preamble_in_use") return "the 128 bytes before \"DICM\" look like another file type";
  return {};
}

}  // namespace

Result<std::string> describe(ByteSource& file, std::uint64_t limit_bytes) {
  const Attributes a = TRY(read_attributes(file, {.limit_bytes = limit_bytes, .series_tags = {}}));
  Lines lines;
  lines.add("Patient ID", "(0010,0020)", a.patient_id);
  lines.add("Issuer of Patient ID", "(0010,0021)", a.issuer_of_patient_id);
  lines.add("Patient's Name", "(0010,0010)", a.patient_name);
  lines.add("Patient's Birth Date", "(0010,0030)", a.patient_birth_date);
  lines.add("Patient's Sex", "(0010,0040)", a.patient_sex);
  lines.add("Study Instance UID", "(0020,000D)", a.study_uid.get());
  lines.add("Study Date", "(0008,0020)", a.study_date);
  lines.add("Study Time", "(0008,0030)", a.study_time);
  lines.add("Study ID", "(0020,0010)", a.study_id);
  lines.add("Study Description", "(0008,1030)", a.study_description);
  lines.add("Accession Number", "(0008,0050)", a.accession_number);
  lines.add("Referring Physician", "(0008,0090)", a.referring_physician);
  lines.add("Series Instance UID", "(0020,000E)", a.series_uid.get());
  lines.add("Modality", "(0008,0060)", a.modality);
  lines.add("Series Number", "(0020,0011)", a.series_number);
  lines.add("Series Description", "(0008,103E)", a.series_description);
  lines.add("Body Part Examined", "(0018,0015)", a.body_part);
  lines.add("Station Name", "(0008,1010)", a.station_name);
  lines.add("SOP Instance UID", "(0008,0018)", a.sop_uid.get());
  lines.add("SOP Class UID", "(0008,0016)", a.sop_class);
  lines.add("Instance Number", "(0020,0013)", a.instance_number);
  lines.add("Number of Frames", "(0028,0008)", a.frames);
  lines.add("Rows", "(0028,0010)", a.rows);
  lines.add("Columns", "(0028,0011)", a.columns);
  lines.add("Bits Allocated", "(0028,0100)", a.bits_allocated);
  lines.add("Transfer Syntax UID", "(0002,0010)", a.transfer_syntax);
  lines.add("Header", "", format("{} bytes of {}", a.header_bytes, file.size()));
  for (const std::string_view flag : a.flags.names()) lines.add("Flag", flag, in_words(flag));
  return lines.take();
}

Result<std::string> describe_as_json(ByteSource& file, std::uint64_t limit_bytes) {
  const Header header = TRY(read_header(file, limit_bytes));
  return to_dicom_json(file, header, {.limit_bytes = 8 * limit_bytes});
}

std::string_view advice(const Error& error) {
  switch (error.code) {
    case Errc::not_dicom:
      return "discard: this is not a DICOM file";
    case Errc::corrupted:
      return "ask the sender to send it again";
    case Errc::too_large:
      return "raise the limit, replay";
    case Errc::too_deep:
      return "discard: no real device nests sequences this deep";
    case Errc::unsupported:
      return "discard";
    default:
      return {};
  }
}

}  // namespace dmw::dicom
