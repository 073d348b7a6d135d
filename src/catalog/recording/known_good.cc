#include "catalog/recording/known_good.h"

#include <limits>

namespace dmw::catalog {
namespace {

/// A UID of the length that PS3.5 §9.1 allows at most, below a root of UUIDs (§B.2) that nobody uses twice.
std::string longest_uid() {
  std::string uid = "2.25.1";
  for (const char c : Uuid::random().text() + Uuid::random().text()) {
    if (uid.size() < 64 && c != '-') uid += static_cast<char>('0' + c % 10);
  }
  return uid;
}

}  // namespace

SpooledInstance known_good(MicrosUtc now) {
  const std::string longest(64, 'M');
  SpooledInstance item;
  item.session.id = new_session_id();
  item.session.correlation_id = Uuid::random();
  item.session.source = "rehearsal";
  item.session.calling_ae = item.session.called_ae = std::string(16, 'M');
  item.session.peer = "127.0.0.1";
  item.session.started_at = now;
  item.kept_at = now;
  item.origin_resource = item.session.correlation_id.text();
  item.origin_tag = "1";
  item.fingerprint.size_bytes = 1ULL << 40U;
  item.fingerprint.dataset_sha256 = Sha256::of(as_bytes(item.origin_resource));
  item.fingerprint.prefix_sha256 = item.fingerprint.dataset_sha256;
  item.fingerprint.chunk_crc32c = std::string(4, '\1');
  Attributes attributes;
  attributes.study_uid = StudyUid(longest_uid());
  attributes.series_uid = SeriesUid(longest_uid());
  attributes.sop_uid = SopUid(longest_uid());
  attributes.sop_class = "1.2.840.10008.5.1.4.1.1.2";
  attributes.transfer_syntax = "1.2.840.10008.1.2.1";
  attributes.patient_id = Private<std::string>(longest);
  attributes.issuer_of_patient_id = Private<std::string>(longest);
  attributes.patient_name = Private<std::string>(longest);
  attributes.patient_birth_date = Private<std::string>("19700101");
  attributes.patient_sex = Private<std::string>("O");
  attributes.accession_number = Private<std::string>(std::string(16, 'M'));
  attributes.referring_physician = Private<std::string>(longest);
  attributes.study_date = "20260131";
  attributes.study_time = "120000.000000";
  attributes.study_id = std::string(16, 'M');
  attributes.study_description = Private<std::string>(longest);
  attributes.modality = "CT";
  attributes.series_number = std::numeric_limits<std::int32_t>::max();
  attributes.series_description = Private<std::string>(longest);
  attributes.body_part = std::string(16, 'M');
  attributes.station_name = std::string(16, 'M');
  attributes.series_attributes = "{}";
  attributes.instance_number = std::numeric_limits<std::int32_t>::max();
  attributes.frames = std::numeric_limits<std::int32_t>::max();
  attributes.rows = attributes.columns = 65'535;
  attributes.bits_allocated = 16;
  attributes.header_bytes = 1ULL << 32U;
  item.header = std::move(attributes);
  return item;
}

SpooledInstance known_good_beside(const SpooledInstance& first) {
  SpooledInstance item = first;
  item.origin_resource = Uuid::random().text();
  item.fingerprint.dataset_sha256 = Sha256::of(as_bytes(item.origin_resource));
  item.fingerprint.prefix_sha256 = item.fingerprint.dataset_sha256;
  item.header->sop_uid = SopUid(longest_uid());
  return item;
}

}  // namespace dmw::catalog
