#include "sources/files/file_kind.h"

#include "dicom/byte_source.h"
#include "dicom/part10.h"
#include "dicom/read_attributes.h"
#include "sources/files/zip_reader.h"

namespace dmw::sources {
namespace {

/// PS3.4 §B.5, Media Storage Directory Storage.
constexpr std::string_view media_directory = "1.2.840.10008.1.3.10";

}  // namespace

FileKind kind_of(ByteView head) {
  const dicom::Prefix prefix = dicom::read_prefix(head);
  if (prefix.sop_class == media_directory) return FileKind::dicomdir;
  if (prefix.has_dicm) return FileKind::dicom;
  if (is_zip(head)) return FileKind::zip;
  dicom::MemorySource source(head);
  const Result<Attributes> read = dicom::read_attributes(source);
  return !read && read.error().code == Errc::not_dicom ? FileKind::other : FileKind::dicom;
}

}  // namespace dmw::sources
