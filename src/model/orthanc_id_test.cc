#include "model/orthanc_id.h"

#include <gtest/gtest.h>

namespace dmw {
namespace {

TEST(OrthancId, IsTheOneThatOrthancGives) {
  Attributes attributes;
  attributes.patient_id = Private<std::string>("NB-1");
  attributes.study_uid = StudyUid("1.2.3");
  attributes.series_uid = SeriesUid("1.2.3.1");
  attributes.sop_uid = SopUid("1.2.3.1.1");
  EXPECT_EQ(orthanc_instance_id(attributes), "16955a35-41c2cfa3-2875110e-2040b61f-0ad55a0f");
}

}  // namespace
}  // namespace dmw
