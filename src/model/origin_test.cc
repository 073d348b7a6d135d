#include "model/origin.h"

#include <gtest/gtest.h>

namespace dmw {
namespace {

Session session(SessionKind kind, const std::string& peer, const std::string& calling_ae = "") {
  Session made;
  made.kind = kind;
  made.peer = peer;
  made.calling_ae = calling_ae;
  return made;
}

TEST(Origin, NamesTheFileOrThePeer) {
  EXPECT_EQ(origin_of(session(SessionKind::dimse, "10.1.2.3", "CT01"), ""), "CT01@10.1.2.3");
  EXPECT_EQ(origin_of(session(SessionKind::stow, "10.1.2.3:4711"), ""), "10.1.2.3:4711");
  EXPECT_EQ(origin_of(session(SessionKind::folder, "127.0.0.1:4711"), "scans/1.dcm"), "scans/1.dcm");
  EXPECT_EQ(origin_of(session(SessionKind::folder, "127.0.0.1:4711"), ""), "127.0.0.1:4711");
  EXPECT_EQ(origin_of(session(SessionKind::orthanc, "http://orthanc:8042"), "0123"),
            "http://orthanc:8042 instance 0123");
  EXPECT_EQ(origin_of(session(SessionKind::recovered, ""), ""), "");
}

TEST(Origin, ShowsNamesThatATerminalAndADatabaseTake) {
  EXPECT_EQ(shown_name("M\xc3\xbcller \xe6\x97\xa5.dcm"), "M\xc3\xbcller \xe6\x97\xa5.dcm");
  EXPECT_EQ(shown_name("a\x1b[31m\n\x7f"), "a?[31m??");
  EXPECT_EQ(shown_name("M\xfcller"), "M?ller");
  EXPECT_EQ(shown_name("\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xc2\x9b"), "???????????");
  EXPECT_EQ(shown_name("\xe6\x97"), "??");
  EXPECT_EQ(shown_name(std::string_view("a\0b", 3)), "a?b");
  EXPECT_EQ(shown_name("ab\xc3\xbc", 3), "ab?");
}

}  // namespace
}  // namespace dmw
