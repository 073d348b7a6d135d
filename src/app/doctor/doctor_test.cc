#include <cerrno>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "app/backends.h"
#include "app/doctor/checks.h"
#include "app/doctor/disk.h"
#include "base/listening.h"
#include "base/uuid.h"
#include "catalog/migrations.h"
#include "catalog/standing.h"
#include "inbox/inbox.h"
#include "testing/scratch_folder.h"

namespace dmw::app::doctor {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class Doctor : public testing::Test {
 protected:
  Doctor() {
    settings_.catalog.database.path = folder_ / "data" / "catalog.db";
    settings_.storage.path = folder_ / "data" / "storage";
    settings_.inbox.path = folder_ / "data" / "storage" / "inbox";
    settings_.dimse.bind = "127.0.0.1";
    settings_.http.bind = "127.0.0.1";
  }

  Finding only(const Findings& findings) {
    EXPECT_EQ(findings.size(), 1U);
    return findings.at(0);
  }

  const ScratchFolder folder_ = ScratchFolder::on_disk();
  config::Settings settings_;
  Situation situation_{settings_, std::nullopt};
};

TEST_F(Doctor, SaysOneLineAPartAndTheFixBelow) {
  EXPECT_EQ(text_of("catalog", ok("sqlite, writable")), "ok    catalog   sqlite, writable\n");
  EXPECT_EQ(text_of("kafka", problem("it is away", "start it")),
            "FAIL  kafka     it is away\n                fix: start it\n");
  EXPECT_EQ(text_of("kafka", problem("it is away", "start it"), 14),
            "FAIL  kafka          it is away\n                     fix: start it\n");
  EXPECT_EQ(json::serialize(object_of("kafka", problem("it is away", "start it"))),
            R"({"verdict":"FAIL","part":"kafka","words":"it is away","fix":"start it"})");
  EXPECT_EQ(summary_of(0, 1), "0 problems, 1 note");
}

TEST_F(Doctor, MakesNothingWhereNothingIsYet) {
  EXPECT_THAT(only(check_catalog(situation_)).words, HasSubstr("created at the first start"));
  EXPECT_EQ(only(check_store(situation_)).verdict, Verdict::ok);
  EXPECT_EQ(only(check_inbox(situation_)).verdict, Verdict::ok);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(Doctor, SaysWhatAStartSaysOfAStoreThatTheCatalogDoesNotKnow) {
  const store::Document object{ObjectKey("studies/000/1.2_r1.e1.json"), "{}"};
  ASSERT_TRUE(open_store(settings_, "").value()->write({&object, 1}).at(0));
  const auto is_told = [&](const char* of) {
    const Findings findings = check_catalog(situation_);
    ASSERT_EQ(findings.size(), 2U) << of;
    EXPECT_EQ(findings[1].verdict, Verdict::fail) << of;
    EXPECT_THAT(findings[1].words, HasSubstr("has objects of another catalog")) << of;
    EXPECT_THAT(findings[1].fix, HasSubstr("--adopt-store")) << of;
  };
  is_told("no catalog");
  ASSERT_TRUE(catalog::migrate(*open_database(settings_).value()));
  is_told("an empty catalog");
  const auto database = open_database(settings_).value();
  ASSERT_TRUE(catalog::bind_store(*database, open_store(settings_, "").value()->store_id()));
  EXPECT_EQ(only(check_catalog(situation_)).verdict, Verdict::ok);
}

TEST_F(Doctor, DoesNotTouchADatabaseOfAnotherProgram) {
  fs::create_directories(folder_ / "data");
  const std::string bytes =
      "SQLite format 3" + std::string(1, '\0') + "\x10" + std::string(1, '\0') + "\x01\x01" + std::string(100, '\0');
  write_file(settings_.catalog.database.path, bytes);
  EXPECT_EQ(only(check_catalog(situation_)).verdict, Verdict::note);
  EXPECT_EQ(read_file(settings_.catalog.database.path), bytes);
}

TEST_F(Doctor, TellsThatTheDiskIsBelowTheReserve) {
  settings_.inbox.disk_reserve_bytes = std::uint64_t{1} << 62U;
  const Finding finding = only(check_store(situation_));
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_THAT(finding.words, HasSubstr("DISK_RESERVE_GIB"));
}

TEST_F(Doctor, TellsAVolumeOfFstabThatIsNotMounted) {
  situation_.mounts.wanted = folder_ / "fstab";
  std::ofstream(folder_ / "fstab") << "UUID=1 " << (folder_ / "data").string() << " ext4 defaults 0 2\n";
  for (const Finding& finding :
       {check_catalog(situation_).at(0), check_store(situation_).at(0), check_inbox(situation_).at(0)}) {
    EXPECT_EQ(finding.verdict, Verdict::fail) << finding.words;
    EXPECT_THAT(finding.words, HasSubstr("where nothing is mounted although"));
  }
}

TEST_F(Doctor, ADiskJustBelowTheReserveIsNotShownAsTheReserve) {
  // What is free is a little less than the reserve, and would be the same number when rounded.
  const std::uint64_t free = free_bytes(folder_).value();
  settings_.inbox.disk_reserve_bytes = free + free / 200;
  const std::string words = only(check_store(situation_)).words;
  EXPECT_THAT(words, testing::MatchesRegex(".* [0-9]+\\.[0-9][0-9] GiB free, below DISK_RESERVE_GIB=[0-9.]+: .*"));
}

TEST_F(Doctor, TellsWhatTheStartWillFindInTheInbox) {
  const fs::path& folder = settings_.inbox.path;
  const SystemClock clock;
  const inbox::Options options{
      .directory = folder, .limit_bytes = 0, .reserve_bytes = 0, .locate = [](ByteView) { return std::uint64_t{0}; }};
  {
    const auto inbox = inbox::Inbox::open(options, clock).value();
    for (int i = 0; i < 2; ++i) {
      inbox::SpoolFile file = inbox->create().value();
      ASSERT_TRUE(file.append(as_bytes("an instance")));
      ASSERT_TRUE(inbox->keep(std::move(file), {}));
    }
  }
  Findings findings = check_inbox(situation_);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_THAT(findings[1].words, HasSubstr("to be processed by the next start: 2"));

  fs::rename(folder / "inbox.sqlite", folder / "aside");
  std::ofstream(folder / "spool" / "stray") << "x";
  findings = check_inbox(situation_);
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_EQ(findings[1].verdict, Verdict::note);
  EXPECT_THAT(findings[1].words, HasSubstr("inbox.sqlite is missing; 2 complete instances"));
  EXPECT_THAT(findings[2].words, HasSubstr("quarantine"));

  std::ofstream(folder / "inbox.sqlite") << std::string(8192, 'x');
  findings = check_inbox(situation_);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[1].verdict, Verdict::fail);
  EXPECT_THAT(findings[1].fix, HasSubstr("move inbox.sqlite"));
}

TEST_F(Doctor, TellsAFreePortFromATakenOneFromOurs) {
  const File taken = listen_tcp("127.0.0.1", 0).value();
  settings_.http.port = port_of(taken.descriptor());
  EXPECT_EQ(only(check_http(situation_)).verdict, Verdict::fail);
  situation_.serve = json::object();
  EXPECT_THAT(only(check_http(situation_)).words, HasSubstr("serve listens"));
}

TEST_F(Doctor, TellsAPortThatServeHasElsewhere) {
  const File taken = listen_tcp("127.0.0.1", 0).value();
  settings_.http.port = port_of(taken.descriptor());
  situation_.serve = json::object();
  situation_.running = {{"HTTP_PORT", "1", "default"}};
  EXPECT_EQ(only(check_http(situation_)).verdict, Verdict::fail);
  situation_.running = {{"HTTP_PORT", std::to_string(settings_.http.port), "default"}};
  EXPECT_THAT(only(check_http(situation_)).words, HasSubstr("serve listens"));
}

TEST_F(Doctor, TellsAPortForMetricsThatIsTaken) {
  const File taken = listen_tcp("127.0.0.1", 0).value();
  settings_.http.metrics_port = port_of(taken.descriptor());
  const Findings findings = check_http(situation_);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[1].verdict, Verdict::fail);
  EXPECT_THAT(findings[1].fix, HasSubstr("METRICS_PORT"));
}

TEST_F(Doctor, TellsAControlSocketOnWhichSomebodyElseListens) {
  settings_.http.control_socket = folder_ / "socket";
  const File heard = listen_unix(settings_.http.control_socket.string()).value();
  situation_.is_silent = is_heard(settings_.http.control_socket);
  EXPECT_TRUE(situation_.is_silent);
  Findings findings = check_http(situation_);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[1].verdict, Verdict::fail);
  EXPECT_THAT(findings[1].words, HasSubstr("in use"));
  // A port that is taken may be that of the same program.
  const File taken = listen_tcp("127.0.0.1", 0).value();
  settings_.http.port = port_of(taken.descriptor());
  findings = check_http(situation_);
  EXPECT_THAT(findings.at(0).words, HasSubstr("probably by the program that listens at CONTROL_SOCKET"));
  EXPECT_THAT(findings.at(0).fix, Not(HasSubstr("end that program")));
}

TEST(DoctorDisk, ADiskThatIsFullWantsRoomAndNoRights) {
  const Error full = fail_errno(ENOSPC, "write /data/.doctor-1").error();
  EXPECT_EQ(if_not_written(full, "the folder"), "free space on that disk");
  EXPECT_EQ(if_not_written(fail_errno(EDQUOT, "write").error(), "it"), "free space on that disk");
  EXPECT_EQ(if_not_written(fail_errno(EACCES, "open").error(), "it"), "make it writable for this user");
}

TEST_F(Doctor, TellsAnInboxThatAnotherProcessHas) {
  const SystemClock clock;
  const inbox::Options options{
      .directory = settings_.inbox.path, .limit_bytes = 0, .reserve_bytes = 0, .locate = [](ByteView) {
        return std::uint64_t{0};
      }};
  {
    const auto inbox = inbox::Inbox::open(options, clock).value();
    const Findings findings = check_inbox(situation_);
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(findings[1].verdict, Verdict::fail);
    EXPECT_THAT(findings[1].words, HasSubstr("in use by process " + std::to_string(::getpid())));
    situation_.serve = json::object();
    EXPECT_EQ(only(check_inbox(situation_)).verdict, Verdict::ok);
    situation_.serve.reset();
  }
  EXPECT_EQ(only(check_inbox(situation_)).verdict, Verdict::ok);
}

TEST_F(Doctor, TellsAStoreThatTheCatalogKnowsAndThatIsNotThere) {
  fs::create_directories(folder_ / "data");
  const auto database = open_database(settings_).value();
  ASSERT_TRUE(catalog::migrate(*database));
  ASSERT_TRUE(catalog::bind_store(*database, open_store(settings_, "").value()->store_id()));
  EXPECT_EQ(only(check_catalog(situation_)).verdict, Verdict::ok);
  fs::rename(settings_.storage.path, folder_ / "unmounted");
  const Findings findings = check_catalog(situation_);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[1].verdict, Verdict::fail);
  EXPECT_THAT(findings[1].words, HasSubstr("there is no store in STORAGE_PATH"));
}

TEST_F(Doctor, TellsAStoreThatAStartRefuses) {
  fs::create_directories(settings_.storage.path);
  std::ofstream(settings_.storage.path / "store_id") << "no identifier";
  const Finding finding = only(check_store(situation_));
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_THAT(finding.words, HasSubstr("has no identifier"));
}

TEST_F(Doctor, TellsAFolderThatCannotBeWatched) {
  EXPECT_EQ(only(check_folder_watch(situation_)).verdict, Verdict::skip);
  settings_.watch.path = folder_ / "in";
  EXPECT_THAT(only(check_folder_watch(situation_)).fix, HasSubstr("mount the share"));
  fs::create_directories(folder_ / "in");
  EXPECT_EQ(only(check_folder_watch(situation_)).verdict, Verdict::ok);
  settings_.watch.path = folder_ / "data";
  EXPECT_THAT(only(check_folder_watch(situation_)).words, HasSubstr("are inside each other"));
}

TEST_F(Doctor, TellsThatAnotherInstallationMovesTheFilesOfAFolder) {
  const std::string theirs = "6f1c6d0e-2c1f-4f6e-9d53-3a1c5c1f0001";
  settings_.watch.path = folder_ / "in";
  fs::create_directories(folder_ / "in");
  fs::create_directories(settings_.inbox.path);
  std::ofstream(folder_ / "in" / ".dicom-middleware") << "catalog " << theirs << "\nat there:/data/inbox\n";
  EXPECT_EQ(only(check_folder_watch(situation_)).verdict, Verdict::note) << "it may be this one";
  std::ofstream(settings_.inbox.path / "watch.installation") << "catalog " << theirs << "\n";
  EXPECT_EQ(only(check_folder_watch(situation_)).verdict, Verdict::ok);
  std::ofstream(settings_.inbox.path / "watch.installation") << "catalog 6f1c6d0e-2c1f-4f6e-9d53-3a1c5c1f0002\n";
  const Finding other = only(check_folder_watch(situation_));
  EXPECT_EQ(other.verdict, Verdict::fail);
  EXPECT_THAT(other.words, HasSubstr("another installation (there:/data/inbox, catalog " + theirs + ")"));
  EXPECT_THAT(other.fix, HasSubstr("/in/.dicom-middleware"));
}

TEST_F(Doctor, TellsAControlSocketThatCannotBeMade) {
  settings_.http.control_socket = "/proc/nowhere/control.sock";
  const Findings findings = check_http(situation_);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[1].verdict, Verdict::note);
  EXPECT_THAT(findings[1].words, HasSubstr("CONTROL_SOCKET"));
  EXPECT_THAT(findings[1].words, HasSubstr("--url"));
}

TEST_F(Doctor, WhoWaitsForAnotherPartIsNotToldBesideIt) {
  const auto part = [](const char* name, const char* state, const char* reason, json::array waits_for = {}) {
    return json::object{{"name", name}, {"state", state}, {"reason", reason}, {"waits_for", std::move(waits_for)}};
  };
  situation_.serve = json::object{
      {"parts", json::array{part("catalog", "degraded", "PostgreSQL: refused; and more"),
                            part("lanes", "degraded", "ingest: PostgreSQL: refused; and more", {"catalog"}),
                            part("broker", "degraded", "no Kafka broker answers"), part("dimse", "ok", ""),
                            part("one of tomorrow", "down", "inbox: full")}}};
  const std::vector<Complaint> told = complaints(situation_);
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].finding.words, "serve says catalog degraded: PostgreSQL: refused; and more");
  EXPECT_EQ(told[1].part, "broker");
  EXPECT_EQ(told[2].part, "one of tomorrow");
}

TEST_F(Doctor, TellsTooFewDescriptors) {
  EXPECT_EQ(only(check_limits(situation_)).verdict, Verdict::ok);
  settings_.http.uploads = 1'000'000'000;
  const Finding finding = only(check_limits(situation_));
  EXPECT_EQ(finding.verdict, Verdict::note);
  EXPECT_THAT(finding.words, HasSubstr("RLIMIT_NOFILE"));
}

TEST_F(Doctor, TellsCallersThatCannotBeHeard) {
  settings_.dimse.port = 0;
  EXPECT_EQ(only(check_dimse(situation_)).verdict, Verdict::skip);
  const File taken = listen_tcp("127.0.0.1", 0).value();
  settings_.dimse.port = port_of(taken.descriptor());
  settings_.dimse.callers = config::parse_callers("CT01").value();
  situation_.serve = json::object();
  const Findings findings = check_dimse(situation_);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_THAT(findings[1].words, HasSubstr("DIMSE_BIND"));
}

TEST_F(Doctor, TellsAnOrthancThatIsAway) {
  std::uint16_t nobody = 0;
  {
    const File was = listen_tcp("127.0.0.1", 0).value();
    nobody = port_of(was.descriptor());
  }
  EXPECT_EQ(only(check_orthanc(settings_.orthanc)).verdict, Verdict::skip);
  settings_.orthanc.url = "http://127.0.0.1:" + std::to_string(nobody);
  const Finding finding = only(check_orthanc(settings_.orthanc));
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_THAT(finding.fix, HasSubstr("ORTHANC_URL"));
  EXPECT_EQ(finding.words, "Orthanc at " + *settings_.orthanc.url + " is not reachable (connection refused)");
  config::Orthanc other = settings_.orthanc;
  other.section = "site-b";
  EXPECT_THAT(only(check_orthanc(other)).fix, HasSubstr("orthanc.site-b.url")) << "the setting of that section";
}

/// In the sentence of /ready (OrthancSilenceTest), not in one of its own.
TEST_F(Doctor, TellsAnOrthancThatAcceptsConnectionsAndNeverAnswers) {
  const File silent = listen_tcp("127.0.0.1", 0).value();
  for (const std::string scheme : {"http", "https"}) {
    settings_.orthanc.url = scheme + "://127.0.0.1:" + std::to_string(port_of(silent.descriptor()));
    const Finding finding = only(check_orthanc(settings_.orthanc, std::chrono::milliseconds(100)));
    EXPECT_EQ(finding.verdict, Verdict::fail);
    EXPECT_EQ(finding.words,
              "Orthanc at " + *settings_.orthanc.url + " has accepted the connection and has not answered for 0 s");
  }
}

}  // namespace
}  // namespace dmw::app::doctor
