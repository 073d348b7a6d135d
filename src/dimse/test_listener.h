// The listener on real parts for tests: a SQLite catalog in a folder of its own, a free loopback port, verification,
// and a service in the place of storage.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/associations.h"
#include "catalog/migrations.h"
#include "db/sqlite/sqlite.h"
#include "dicom/ul/negotiation.h"
#include "dimse/listener.h"
#include "dimse/test_sender.h"
#include "dimse/verification/verification_service.h"
#include "testing/eventually.h"
#include "testing/scratch_folder.h"

namespace dmw::dimse {

/// Keeps nothing, and says that it does. It refuses data sets that are empty.
class FakeService final : public Service {
 public:
  FakeService(std::string name, ul::CommandField operation, std::string_view sop_class)
      : Service({.name = std::move(name), .operations = {operation}}), sop_class_(sop_class) {}

  std::optional<std::string> accepts(const ul::ProposedContext& context) const override {
    if (context.abstract_syntax != sop_class_) return std::nullopt;
    return ul::preferred(context.transfer_syntaxes);
  }
  Result<> handle(Request& request, Responder& responder) override {
    ++asked;
    std::uint64_t size_bytes = 0;
    TRY(request.dataset([&](ByteView bytes) {
      size_bytes += bytes.size();
      return true;
    }));
    if (size_bytes == 0) {
      responder.refused(ul::Status::cannot_understand, "nothing came");
      return responder.respond(ul::Status::cannot_understand, "nothing came");
    }
    responder.kept(size_bytes);
    return responder.respond(ul::Status::success);
  }
  Result<> ready() const override { return full ? Result<>(fail(Errc::full, "there is no room")) : Result<>(); }

  std::atomic<int> asked = 0;
  bool full = false;

 private:
  const std::string sop_class_;
};

class ListenerTest : public ::testing::Test {
 protected:
  ListenerTest() {
    catalog_ = db::sqlite::open({.path = directory_ / "catalog.db"}).value();
    EXPECT_TRUE(catalog::migrate(*catalog_));
  }

  void open(Options options = {}, const std::vector<Service*>& more = {}) {
    std::vector<Service*> services = {&storage_, &verification_};
    services.insert(services.end(), more.begin(), more.end());
    listener_ = std::make_unique<Listener>("dimse", std::move(options), std::move(services),
                                           Listener::Surroundings{*catalog_, metrics_, clock_});
    ASSERT_TRUE(listener_->start());
  }
  std::unique_ptr<Sender> sender() { return std::make_unique<Sender>(listener_->port()); }
  std::unique_ptr<Sender> associated(const std::string& calling_ae = "SCU") {
    auto made = sender();
    const Result<> done = made->associate(calling_ae);
    EXPECT_TRUE(done) << done.error().message();
    return made;
  }
  std::unique_ptr<ul::SocketTransport> connected() {
    return ul::SocketTransport::connect("127.0.0.1", listener_->port(), ul::from_now(patience)).value();
  }
  /// The associations that did not end well, once there is one.
  std::vector<catalog::Association> bad_ends() {
    std::vector<catalog::Association> found;
    EXPECT_TRUE(eventually([&] {
      found = catalog::associations(*catalog_, {}).value();
      return !found.empty();
    }));
    return found;
  }

  ScratchFolder directory_;
  SystemClock clock_;
  Metrics metrics_;
  std::unique_ptr<db::Database> catalog_;
  FakeService storage_{"storage", ul::CommandField::c_store_rq, ct_image};
  VerificationService verification_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace dmw::dimse
