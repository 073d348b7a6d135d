#include "events/kafka/producer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
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
constexpr std::chrono::seconds diagnose_again{5};
constexpr const char* our_name = "dicom-middleware";  // of our interceptors, in librdkafka's log
constexpr std::int16_t produce_request = 0;           // Kafka protocol, "API keys"

struct DestroyHeaders {
  void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
};
using Headers = std::unique_ptr<rd_kafka_headers_t, DestroyHeaders>;

Result<Headers> headers_of(const Event& event) {
  const json::value parsed = TRY(json::parse(event.headers));
  if (!parsed.is_object()) return fail(Errc::internal, "the headers of an event are not a JSON object");
  Headers headers(rd_kafka_headers_new(parsed.get_object().size()));
  for (const auto& member : parsed.get_object()) {
    if (!member.value().is_string()) return fail(Errc::internal, "a header of an event is not a string");
    const json::string& value = member.value().get_string();
    rd_kafka_header_add(headers.get(), member.key().data(), static_cast<ssize_t>(member.key().size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  return headers;
}

Result<rd_kafka_t*> new_handle(Conf& conf) {
  std::array<char, 512> why{};
  rd_kafka_t* const handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), why.data(), why.size());
  if (handle == nullptr) return fail(Errc::invalid, format("Kafka: {}", why.data()));
  static_cast<void>(conf.release());  // the handle owns it now
  return handle;
}

/// Makes a handle without brokers, to find out whether the properties can be used. Errors: invalid.
Result<> try_properties(const Options& options) {
  Conf conf = TRY(settings(options));
  rd_kafka_conf_set(conf.get(), "bootstrap.servers", nullptr, nullptr, 0);
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);
  rd_kafka_destroy(TRY(new_handle(conf)));
  return {};
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

Producer::Producer(const Options& options, Topic topic)
    : options_(options),
      topic_(topic == Topic::dead_letters ? options.dead_letter_topic : options.topic),
      setting_(options.setting(topic == Topic::dead_letters ? "dlq_topic" : "topic")) {}

Result<std::unique_ptr<Producer>> Producer::open(const Options& options, Topic topic) {
  // rd_kafka_new() of librdkafka 2.0.2 frees the interceptors of a conf that it refuses, and rd_kafka_conf_destroy()
  // frees them again. So the properties are tried without interceptors first.
  TRY(try_properties(options));
  Conf conf = TRY(settings(options));
  std::unique_ptr<Producer> producer(new Producer(options, topic));
  rd_kafka_conf_set_opaque(conf.get(), producer.get());
  rd_kafka_conf_set_log_cb(conf.get(), &Producer::on_log);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), &Producer::on_delivery);
  rd_kafka_conf_interceptor_add_on_new(conf.get(), our_name, &Producer::on_new, producer.get());
  Result<rd_kafka_t*> handle = new_handle(conf);
  // A certificate changed in between: its conf cannot be freed.
  if (!handle) static_cast<void>(conf.release());
  producer->handle_ = TRY(std::move(handle));
  return producer;
}

Producer::~Producer() {
  close();
}

void Producer::close() {
  known_.reset();
  if (handle_ != nullptr) rd_kafka_destroy(std::exchange(handle_, nullptr));
}

bool Producer::is_usable() const {
  return handle_ != nullptr && rd_kafka_fatal_error(handle_, nullptr, 0) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

void Producer::change_login(const Options& options) {
  if (!options.security_protocol.starts_with("sasl")) return;
  rd_kafka_error_t* const error =
      rd_kafka_sasl_set_credentials(handle_, options.sasl_username.c_str(), options.sasl_password.reveal().c_str());
  if (error == nullptr) return;
  log::warning("kafka_login_kept", format("Kafka: the password is not taken: {}", rd_kafka_error_string(error)));
  rd_kafka_error_destroy(error);
}

void Producer::know_topic() {
  known_.reset(rd_kafka_topic_new(handle_, topic_.c_str(), nullptr));
}

void Producer::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  auto* slot = static_cast<Slot*>(message->_private);
  slot->reported = true;
  slot->error = message->err;
  --*slot->outstanding;
}

rd_kafka_resp_err_t Producer::on_new(rd_kafka_t* handle, const rd_kafka_conf_t*, void* self, char*, std::size_t) {
  return rd_kafka_interceptor_add_on_request_sent(handle, our_name, &Producer::on_request_sent, self);
}

rd_kafka_resp_err_t Producer::on_request_sent(rd_kafka_t*, int, const char*, std::int32_t, std::int16_t api_key,
                                              std::int16_t, std::int32_t, std::size_t, void* self) {
  if (api_key == produce_request) static_cast<Producer*>(self)->has_sent_ = true;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

// Complaints come by the log, not by the error callback, whose queue would grow while nobody publishes.
void Producer::on_log(const rd_kafka_t* handle, int level, const char* facility, const char* line) {
  log::debug("kafka_client", line, {{"facility", facility}});
  auto* self = static_cast<Producer*>(rd_kafka_opaque(handle));
  // That the cluster is not ready to number a producer says less than what came before it.
  if (self == nullptr || level > LOG_WARNING || std::string_view(facility) == "GETPID") return;
  std::string_view text(line);
  if (text.find("Configuration property ") != std::string_view::npos) return;  // of how it was opened
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

std::vector<Result<>> Producer::publish(std::span<const Event> events, const WaitOn& wait_on) {
  has_sent_ = false;
  std::vector<Slot> slots(events.size());
  std::size_t outstanding = 0;
  Result<> given;
  for (std::size_t n = 0; n < events.size() && given; ++n) {
    slots[n].outstanding = &outstanding;
    given = give(events[n], slots[n]);
    if (given) ++outstanding;
  }
  const bool waited = await(outstanding, wait_on);
  if (std::ranges::all_of(slots, &Slot::is_in)) {
    forget_complaint();
    return std::vector<Result<>>(events.size());
  }
  Error why = given ? Error() : given.error();
  if (const auto refused = std::ranges::find_if(slots, [](const Slot& slot) { return slot.reported && !slot.is_in(); });
      waited && refused != slots.end())
    why = why_failed(events, slots);
  if (!waited) why = Error{Errc::cancelled, "the wait for Kafka was stopped", {}};
  std::vector<Result<>> results;
  std::set<std::string_view> behind;  // keys that wait
  for (std::size_t n = 0; n < events.size(); ++n) {
    const bool in_order = slots[n].is_in() && !behind.contains(events[n].key);
    if (!in_order) behind.insert(events[n].key);
    results.push_back(in_order ? Result<>() : Result<>(std::unexpected(why)));
  }
  return results;
}

/// librdkafka gives up nothing by itself: what it has sent it sends again under the same sequence number, so that a
/// broker that has it already drops it. A new producer could not.
bool Producer::await(const std::size_t& outstanding, const WaitOn& wait_on) {
  using std::chrono::steady_clock;
  const auto began = steady_clock::now();
  steady_clock::time_point diagnosed;
  std::optional<Error> slow;
  while (outstanding > 0) {
    rd_kafka_poll(handle_, static_cast<int>(poll_slice.count()));
    if (outstanding == 0) break;
    const auto waited = std::chrono::floor<std::chrono::milliseconds>(steady_clock::now() - began);
    if (waited >= options_.slow_after && steady_clock::now() - diagnosed >= diagnose_again) {
      slow = explain_silence(outstanding, waited);
      diagnosed = steady_clock::now();
    }
    if (wait_on(slow)) continue;
    abandon(outstanding);
    return false;
  }
  return true;
}

/// Of those that a fatal error ends, the one that caused it says more than the others.
Error Producer::why_failed(std::span<const Event> events, std::span<const Slot> slots) {
  const auto is_cause = [](const Slot& slot) {
    return slot.reported && !slot.is_in() && slot.error != RD_KAFKA_RESP_ERR__FATAL &&
           slot.error != RD_KAFKA_RESP_ERR__PURGE_QUEUE && slot.error != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
  };
  const auto cause = std::ranges::find_if(slots, is_cause);
  if (cause == slots.end()) return explain(RD_KAFKA_RESP_ERR__FATAL);
  if (cause->error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
    return explain_size(events[static_cast<std::size_t>(cause - slots.begin())], false);
  return explain(cause->error);
}

// Events in flight may still arrive. The next attempt repeats the whole window in order.
void Producer::abandon(const std::size_t& outstanding) {
  rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  const auto patience = std::chrono::steady_clock::now() + purge_timeout;
  while (outstanding > 0 && std::chrono::steady_clock::now() < patience) rd_kafka_poll(handle_, 10);
  // Ends the threads that could still write to the caller's slots.
  close();
}

Result<> Producer::give(const Event& event, Slot& slot) {
  Headers headers = TRY(headers_of(event));
  std::array<rd_kafka_vu_t, 6> fields = {field(RD_KAFKA_VTYPE_TOPIC),   bytes_field(RD_KAFKA_VTYPE_KEY, event.key),
                                         field(RD_KAFKA_VTYPE_HEADERS), bytes_field(RD_KAFKA_VTYPE_VALUE, event.body),
                                         field(RD_KAFKA_VTYPE_OPAQUE),  field(RD_KAFKA_VTYPE_MSGFLAGS)};
  fields[0].u.cstr = topic_.c_str();
  fields[2].u.headers = headers.get();
  fields[4].u.ptr = &slot;
  fields[5].u.i = RD_KAFKA_MSG_F_COPY;
  rd_kafka_error_t* error = rd_kafka_produceva(handle_, fields.data(), fields.size());
  if (error == nullptr) {
    static_cast<void>(headers.release());  // the message owns them now
    return {};
  }
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
  rd_kafka_error_destroy(error);
  Error why = code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ? explain_size(event, true) : explain(code);
  return std::unexpected(std::move(why));
}

}  // namespace dmw::events::kafka
