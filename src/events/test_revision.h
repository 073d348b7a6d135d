// A revision to make bodies of, for tests.
#pragma once

#include "base/format.h"
#include "model/revision.h"

namespace dmw::events {

inline RevisionInstance an_instance(int series, int number) {
  RevisionInstance instance;
  instance.series_uid = SeriesUid(format("1.2.3.{}", series));
  instance.sop_uid = SopUid(format("1.2.3.{}.{}", series, number));
  instance.sop_class = "1.2.840.10008.5.1.4.1.1.2";
  instance.transfer_syntax = "1.2.840.10008.1.2.1";
  instance.instance_number = number;
  instance.size_bytes = 1000;
  instance.dataset_sha256 = Sha256::of(as_bytes(instance.sop_uid.get()));
  return instance;
}

/// With the given number of series of one instance each.
inline StudyRevision a_revision(int revision = 1, int series = 2) {
  StudyRevision made;
  made.study_uid = StudyUid("1.2.3");
  made.revision = revision;
  made.session.correlation_id = *Uuid::parse("11111111-2222-4333-8444-555555555555");
  made.session.source = "dimse";
  made.session.calling_ae = "CT1";
  made.session.called_ae = "DMW";
  made.session.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  made.at = 1'700'000'000'000'000;
  made.patient_id = Private<std::string>("P-17");
  made.accession_number = Private<std::string>("A-4");
  made.study_description = Private<std::string>("Thorax \"nativ\"");
  made.modality = "CT";
  made.study_date = "20240229";
  for (int n = 1; n <= series; ++n) {
    made.series.push_back({SeriesUid(format("1.2.3.{}", n)), n % 2 == 1 ? "CT" : "SR", "CHEST", n, 1});
    made.instances.push_back(an_instance(n, 1));
  }
  made.instances_added = series;
  made.size_bytes = static_cast<std::uint64_t>(series) * 1000;
  made.flags = Flags(Flag::conflict) | Flag::charset_guessed;
  made.content_digest = Sha256::of(as_bytes("content"));
  return made;
}

}  // namespace dmw::events
