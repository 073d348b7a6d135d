#include "events/kafka/producer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <syslog.h>

#include "base/format.h"
#include "base/json.h"
#include "base/log.h"
#include "events/kafka/settings.h"

namespace dmw::events::kafka {
namespace {

constexpr std::chrono::milliseconds poll_slice{100};
constexpr std::chrono::milliseconds purge_timeout{1'000};

/// Where the delivery report of one event goes.
struct Slot {
  bool reported = false;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::size_t* outstanding = nullptr;
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  auto* slot = static_cast<Slot*>(message->_private);
  slot->reported = true;
  slot->error = message->err;
  --*slot->outstanding;
}

struct DestroyHeaders {
  void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
};
using Headers = std::unique_ptr<rd_kafka_headers_t, DestroyHeaders>;

Result<Headers> headers_of(const Event& event) {
  const json::value parsed = TRY(json::parse(event.headers));
  if (!parsed.is_object()) return fail(Errc::internal, "the headers of an event are no JSON object");
  Headers headers(rd_kafka_headers_new(parsed.get_object().size()));
  for (const auto& member : parsed.get_object()) {
    if (!member.value().is_string()) return fail(Errc::internal, "a header of an event is no string");
    const json::string& value = member.value().get_string();
    rd_kafka_header_add(headers.get(), member.key().data(), static_cast<ssize_t>(member.key().size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  return headers;
}

rd_kafka_vu_t field(rd_kafka_vtype_t type) {
  rd_kafka_vu_t field{};
  field.vtype = type;
  return field;
}

rd_kafka_vu_t bytes_field(rd_kafka_vtype_t type, const std::string& bytes) {
  rd_kafka_vu_t made = field(type);
  made.u.mem.ptr = const_cast<char*>(bytes.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast): it only reads
  made.u.mem.size = bytes.size();
  return made;
}

}  // namespace

Result<std::unique_ptr<Producer>> Producer::open(const Options& options) {
  Conf conf = TRY(settings(options));
  std::unique_ptr<Producer> producer(new Producer(options));
  rd_kafka_conf_set_opaque(conf.get(), producer.get());
  rd_kafka_conf_set_log_cb(conf.get(), &Producer::on_log);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), &on_delivery);
  std::array<char, 512> why{};
  producer->handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), why.data(), why.size());
  if (producer->handle_ == nullptr) return fail(Errc::invalid, format("Kafka: {}", why.data()));
  static_cast<void>(conf.release());  // the handle owns it now
  return producer;
}

Producer::~Producer() {
  close();
}

void Producer::close() {
  topics_ = {};
  if (handle_ != nullptr) rd_kafka_destroy(std::exchange(handle_, nullptr));
}

void Producer::know_topics() {
  topics_[0].reset(rd_kafka_topic_new(handle_, options_.topic.c_str(), nullptr));
  topics_[1].reset(rd_kafka_topic_new(handle_, options_.dead_letter_topic.c_str(), nullptr));
}

// Complaints come by the log, not by the error callback, whose queue would grow while nobody publishes.
void Producer::on_log(const rd_kafka_t* handle, int level, const char* facility, const char* line) {
  log::debug("kafka_client", line, {{"facility", facility}});
  auto* self = static_cast<Producer*>(rd_kafka_opaque(handle));
  // That the cluster is not ready to number a producer says less than what came before it.
  if (self == nullptr || level > LOG_WARNING || std::string_view(facility) == "GETPID") return;
  std::string_view text(line);
  // "[thrd:name]: client#producer-1: what happened"
  for (const std::string_view mark : {"[thrd:", "#producer-"}) {
    const std::size_t begin = text.find(mark);
    const std::size_t end = begin == std::string_view::npos ? begin : text.find(": ", begin);
    if (end != std::string_view::npos) text.remove_prefix(end + 2);
  }
  const std::scoped_lock lock(self->mutex_);
  self->complaint_ = text;
}

std::string Producer::last_complaint() const {
  const std::scoped_lock lock(mutex_);
  return complaint_;
}

void Producer::forget_complaint() {
  const std::scoped_lock lock(mutex_);
  complaint_.clear();
}

const std::string& Producer::topic_of(const Event& event) const {
  return event.topic == Topic::dead_letters ? options_.dead_letter_topic : options_.topic;
}

std::vector<Result<>> Producer::publish(std::span<const Event> events) {
  const auto deadline = std::chrono::steady_clock::now() + options_.window_timeout;
  std::vector<Slot> slots(events.size());
  std::size_t outstanding = 0;
  Result<> given;
  for (std::size_t n = 0; n < events.size() && given; ++n) {
    slots[n].outstanding = &outstanding;
    given = give(events[n], &slots[n]);
    if (given) ++outstanding;
  }
  const auto failed = [&] {
    return std::ranges::find_if(slots, [](const Slot& slot) { return slot.error != RD_KAFKA_RESP_ERR_NO_ERROR; });
  };
  while (outstanding > 0 && failed() == slots.end() && std::chrono::steady_clock::now() < deadline) {
    rd_kafka_poll(handle_, static_cast<int>(poll_slice.count()));
  }
  std::optional<Error> why;
  if (!given) {
    why = given.error();
  } else if (failed() != slots.end()) {
    why = explain(failed()->error);
  } else if (outstanding > 0) {
    why = explain_silence();
  }
  if (why) {
    abandon(outstanding);
  } else {
    forget_complaint();
  }

  std::vector<Result<>> results;
  results.reserve(events.size());
  bool gap = false;
  for (const Slot& slot : slots) {
    gap = gap || !slot.reported || slot.error != RD_KAFKA_RESP_ERR_NO_ERROR;
    results.push_back(gap ? Result<>(std::unexpected(why.value())) : Result<>());
  }
  return results;
}

// What was on its way may still arrive: it is repeated, in order, by whoever publishes the window again.
void Producer::abandon(const std::size_t& outstanding) {
  rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  const auto patience = std::chrono::steady_clock::now() + purge_timeout;
  while (outstanding > 0 && std::chrono::steady_clock::now() < patience) rd_kafka_poll(handle_, 10);
  // Ends the threads that could still write to the caller's slots.
  close();
}

Result<> Producer::give(const Event& event, void* slot) {
  Headers headers = TRY(headers_of(event));
  std::array<rd_kafka_vu_t, 6> fields = {field(RD_KAFKA_VTYPE_TOPIC),   bytes_field(RD_KAFKA_VTYPE_KEY, event.key),
                                         field(RD_KAFKA_VTYPE_HEADERS), bytes_field(RD_KAFKA_VTYPE_VALUE, event.body),
                                         field(RD_KAFKA_VTYPE_OPAQUE),  field(RD_KAFKA_VTYPE_MSGFLAGS)};
  fields[0].u.cstr = topic_of(event).c_str();
  fields[2].u.headers = headers.get();
  fields[4].u.ptr = slot;
  fields[5].u.i = RD_KAFKA_MSG_F_COPY;
  rd_kafka_error_t* error = rd_kafka_produceva(handle_, fields.data(), fields.size());
  if (error == nullptr) {
    static_cast<void>(headers.release());  // the message owns them now
    return {};
  }
  Error why = explain(rd_kafka_error_code(error));
  rd_kafka_error_destroy(error);
  return std::unexpected(std::move(why));
}

}  // namespace dmw::events::kafka
