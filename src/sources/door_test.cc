#include "sources/door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inbox/test_inbox.h"
#include "testing/manual_clock.h"

namespace dmw::sources {
namespace {

using testing::HasSubstr;

TEST(Door, TellsHowLongAnInstanceWaitedForItsAcknowledgement) {
  const inbox::TestDirectory directory;
  const ManualClock clock;
  Metrics metrics;
  const dicom::ReadOptions read;
  const std::unique_ptr<inbox::Inbox> inbox = inbox::Inbox::open(directory.options(), clock).value();
  Door door("stow", *inbox, read, metrics);
  inbox::SpoolFile file = door.open().value();
  ASSERT_TRUE(file.append(as_bytes("no DICOM at all")));
  ASSERT_TRUE(door.keep(door.receive(std::move(file)).value(), inbox::test_session()));
  EXPECT_THAT(metrics.text(), HasSubstr("dicom_middleware_stage_seconds_count{stage=\"receive\"} 1\n"));
  EXPECT_THAT(metrics.text(), HasSubstr("dicom_middleware_source_instances_total{source=\"stow\"} 1\n"));
}

}  // namespace
}  // namespace dmw::sources
