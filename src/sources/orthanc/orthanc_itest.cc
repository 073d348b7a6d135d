// Against the real Orthanc of DMW_TEST_ORTHANC. It is shared and not empty: every test looks at its own study.
#include "sources/orthanc/test_real_orthanc.h"

namespace dmw::sources {
namespace {

TEST_F(OrthancItest, BringsAStudyOfSeveralSeriesOnceFromTriggersPollerAndRestart) {
  std::string id;
  for (int image = 0; image < 3; ++image) id = upload(1, image);
  start();
  expect_each_once();
  for (int series = 1; series <= 3; ++series) {
    for (int image = 3; image < 10; ++image) id = upload(series, image);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(source->trigger().submit({.study = id, .correlation_id = Uuid::random()}));
  }
  expect_each_once();
  stop();
  start();
  EXPECT_TRUE(source->trigger().submit({.study = id, .correlation_id = Uuid::random()}));
  expect_each_once();
  EXPECT_TRUE(world.buried().empty());
}

TEST_F(OrthancItest, SeesInstancesThatAreAddedLater) {
  start();
  upload(1, 1);
  expect_each_once();
  upload(1, 2, 3U << 20U);
  expect_each_once();
}

TEST_F(OrthancItest, ClosesAStudyThatIsStable) {
  start();
  const std::string id = upload(1, 1);
  EXPECT_TRUE(eventually([&] {
    const std::vector<std::string> ids = {id};
    return catalog::known_studies(world.catalog(), options.name, ids)->contains(id);
  }));
  expect_each_once();
}

}  // namespace
}  // namespace dmw::sources
