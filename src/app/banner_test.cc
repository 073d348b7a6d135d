#include "app/banner.h"

#include <gtest/gtest.h>

namespace dmw::app {
namespace {

TEST(Banner, HasItsColumnsBelowEachOtherHoweverLongANameIs) {
  EXPECT_EQ(in_columns({{.title = "catalog", .kind = "sqlite", .what = "./data/catalog.db", .more = "0 studies"},
                        {.title = "events", .kind = "kafka", .what = "kafka:9092", .more = "topics a and b"},
                        {.title = "events to archive", .kind = "kafka", .what = "other:9092", .more = "topics c and d"},
                        {.title = "folder", .kind = "off", .what = "set WATCH_PATH"},
                        {.title = "orthanc", .kind = "off", .what = "set ORTHANC_URL"},
                        {.title = "api", .what = "http://127.0.0.1:8000/docs"}}),
            "  catalog           sqlite  ./data/catalog.db   0 studies\n"
            "  events            kafka   kafka:9092          topics a and b\n"
            "  events to archive kafka   other:9092          topics c and d\n"
            "  folder            off  set WATCH_PATH         orthanc  off  set ORTHANC_URL\n"
            "  api               http://127.0.0.1:8000/docs\n");
  EXPECT_EQ(in_columns({{.title = "api", .what = "x"}}), "  api        x\n");
}

}  // namespace
}  // namespace dmw::app
