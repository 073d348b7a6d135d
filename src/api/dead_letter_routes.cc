// The routes that show, save, replay and discard dead letters. The set of numbers of a replay is fixed before its job
// begins.
#include <algorithm>
#include <span>

#include "api/letter_selection.h"
#include "api/parameters.h"
#include "api/reason.h"
#include "api/rendering.h"
#include "api/reply.h"
#include "api/routes.h"
#include "api/vocabulary.h"

namespace dmw::api {
namespace {

constexpr std::size_t kOrderMaxBytes = 2U << 20U;
constexpr std::size_t kDiscardedAtOnce = 500;

/// The row of the dead letter exists, so its file must exist too. A file that the store has lost is an error of ours,
/// not a 404.
template <typename T>
Result<T> ours(Result<T> result) {
  if (result || result.error().code != Errc::not_found) return result;
  return fail(Errc::corrupted, "the store no longer has the bytes of a dead letter");
}

/// The next piece, at most one MiB, of an object without checksums.
Result<std::string> next_piece(store::ObjectStore& store, const ObjectKey& key, std::uint64_t& at) {
  std::string bytes;
  TRY(ours(store.read(key, {at, http::kPieceBytes}, [&](ByteView view) -> Result<> {
    bytes.append(as_text(view));
    return {};
  })));
  at += bytes.size();
  return bytes;
}

class DeadLetterDesk {
 public:
  DeadLetterDesk(const Parts& parts, ReplayJobs& jobs) : parts_(parts), letters_(parts.database), jobs_(jobs) {}

  Reply list(const http::Request& request) {
    Parameters query(request.parsed_query,
                     {"cause", "stage", "source", "study", "state", "since", "until", "cursor", "limit"});
    catalog::DeadLetterFilter filter;
    filter.cause = query.text("cause");
    if (!filter.cause.empty() && !is_cause(filter.cause)) query.wrong("cause", std::string(kCauses));
    filter.source = query.text("source");
    filter.study = query.text("study");
    if (const auto stage = query.one_of("stage", {Stage::fetch, Stage::header, Stage::store, Stage::record})) {
      filter.stage = name(*stage);
    }
    filter.state = query.one_of("state", {DeadLetterState::open, DeadLetterState::replaying, DeadLetterState::replayed,
                                          DeadLetterState::discarded});
    filter.since = query.time("since");
    filter.until = query.time("until");
    filter.after_number = query.cursor();
    filter.limit = query.limit();
    if (auto problem = query.problem()) return refuse(std::move(*problem));
    const auto found = TRY(letters_.list(filter));
    if (found.empty()) {
      query.wrong_if("source", TRY(wrong_source(parts_.database, parts_.program, filter.source)));
      if (auto problem = query.problem()) return refuse(std::move(*problem));
    }
    return json_answer(
        200, page_of("dead_letters", std::span(found), filter.limit, [](const auto& row) { return row.number; }));
  }

  Reply show(const http::Request& request) { return json_answer(200, to_json(TRY(find(request)))); }

  Reply file(const http::Request& request) {
    const DeadLetter letter = TRY(find(request));
    if (letter.object_key.empty()) return refuse(404, "this dead letter has no file");
    const ObjectKey key(letter.object_key);
    const std::uint64_t size = TRY(ours(parts_.store.stat(key))).size_bytes;
    http::Answer answer;
    answer.headers = {{"Content-Type", "application/octet-stream"},
                      {"Content-Disposition", format("attachment; filename=\"dead-letter-{}\"", letter.number)}};
    answer.body =
        http::PulledBody{size, [&store = parts_.store, key, at = std::uint64_t{0}]() mutable -> Result<std::string> {
                           return next_piece(store, key, at);
                         }};
    return answer;
  }

  Reply replay(const http::Request& request) {
    const DeadLetter letter = TRY(find(request));
    TRY(parts_.replay.replay(letter));
    const DeadLetter now = TRY(find(request));
    http::Answer answer =
        json_answer(202, {{"number", now.number}, {"dead_letter_id", now.id.text()}, {"state", name(now.state)}});
    answer.headers.add("Location", format("/api/v1/dead-letters/{}", now.number));
    return answer;
  }

  Reply replay_many(const http::Request& request) {
    const auto body = object_of(request);
    if (!body) return refuse(body.error());
    const auto selection = LetterSelection::of(*body);
    if (!selection) return refuse(selection.error());
    std::vector<std::int64_t> numbers = TRY(chosen(*selection));
    const std::size_t count = numbers.size();
    if (selection->dry_run) {
      return json_answer(
          200, {{"dry_run", true}, {"count", count}, {"numbers", json::array(numbers.begin(), numbers.end())}});
    }
    const Uuid job = TRY(jobs_.start(std::move(numbers)));
    http::Answer answer = json_answer(202, {{"job_id", job.text()}, {"count", count}});
    answer.headers.add("Location", "/api/v1/jobs/" + job.text());
    return answer;
  }

  Reply discard(const http::Request& request) {
    const auto reason = reason_of(request, "a reason is needed to discard a dead letter");
    if (!reason) return refuse(reason.error());
    const DeadLetter letter = TRY(find(request));
    const auto discarded = TRY(letters_.discard({&letter.number, 1}, *reason, actor_of(request)));
    const DeadLetter now = TRY(find(request));
    if (discarded.empty()) return refuse(409, format("this dead letter is {} already", name(now.state)));
    return json_answer(200, to_json(now));
  }

  Reply discard_many(const http::Request& request) {
    const auto body = object_of(request);
    if (!body) return refuse(body.error());
    const auto selection = LetterSelection::of(*body);
    if (!selection) return refuse(selection.error());
    const std::vector<std::int64_t> numbers = TRY(chosen(*selection));
    if (selection->dry_run) {
      return json_answer(
          200,
          {{"dry_run", true}, {"count", numbers.size()}, {"numbers", json::array(numbers.begin(), numbers.end())}});
    }
    const auto reason = reason_of(request, "a reason is needed to discard dead letters");
    if (!reason) return refuse(reason.error());
    json::array discarded;
    // In small batches, so that other writers of the catalog are not held up.
    for (std::size_t at = 0; at < numbers.size(); at += kDiscardedAtOnce) {
      const auto some = std::span(numbers).subspan(at, std::min(kDiscardedAtOnce, numbers.size() - at));
      for (const std::int64_t number : TRY(letters_.discard(some, *reason, actor_of(request)))) {
        discarded.emplace_back(number);
      }
    }
    return json_answer(200, {{"count", discarded.size()}, {"numbers", std::move(discarded)}});
  }

  Reply jobs(const http::Request& request) {
    if (auto problem = Parameters(request.parsed_query, {}).problem()) return refuse(std::move(*problem));
    return json_answer(200, {{"jobs", jobs_.list()}});
  }

  Reply job(const http::Request& request) {
    const auto id = Uuid::parse(request.parameter("id"));
    const auto found = id ? jobs_.get(*id) : std::nullopt;
    if (!found) return refuse(404, "there is no such job, or the program has restarted since it was created");
    return json_answer(200, *found);
  }

 private:
  /// Errors: invalid (an unknown source), and those of numbers_of().
  Result<std::vector<std::int64_t>> chosen(const LetterSelection& selection) {
    std::vector<std::int64_t> numbers = TRY(numbers_of(selection, letters_));
    if (!numbers.empty() || !selection.filter) return numbers;
    const std::string wrong = TRY(wrong_source(parts_.database, parts_.program, selection.filter->source));
    if (!wrong.empty()) return fail(Errc::invalid, format("/filter/source: '{}' {}", selection.filter->source, wrong));
    return numbers;
  }

  /// Errors: not_found.
  Result<DeadLetter> find(const http::Request& request) {
    auto found = TRY(letters_.get(request.parameter("id")));
    if (!found) return fail(Errc::not_found, "there is no such dead letter");
    return std::move(*found);
  }

  const Parts& parts_;
  catalog::DeadLetters letters_;
  ReplayJobs& jobs_;
};

}  // namespace

void add_dead_letters(Routes& routes, const Parts& parts, ReplayJobs& jobs) {
  using http::Scope;
  const auto desk = std::make_shared<DeadLetterDesk>(parts, jobs);
  const auto add = [&](std::string method, std::string path, Scope scope,
                       Reply (DeadLetterDesk::*act)(const http::Request&)) -> http::Route& {
    return routes.emplace_back(std::move(method), std::move(path), scope,
                               replying([desk, act](const http::Request& request) { return ((*desk).*act)(request); }));
  };
  add("GET", "/api/v1/dead-letters", Scope::read, &DeadLetterDesk::list);
  add("GET", "/api/v1/dead-letters/{id}", Scope::read, &DeadLetterDesk::show);
  add("GET", "/api/v1/dead-letters/{id}/file", Scope::read, &DeadLetterDesk::file);
  add("POST", "/api/v1/dead-letters/{id}/replay", Scope::operate, &DeadLetterDesk::replay);
  http::Route& many = add("POST", "/api/v1/dead-letters/replay", Scope::operate, &DeadLetterDesk::replay_many);
  many.body_limit_bytes = kOrderMaxBytes;
  many.accepts = {"application/json"};
  many.body_required = true;
  http::Route& discard = add("POST", "/api/v1/dead-letters/discard", Scope::operate, &DeadLetterDesk::discard_many);
  discard.body_limit_bytes = kOrderMaxBytes;
  discard.accepts = {"application/json"};
  discard.body_required = true;
  add("DELETE", "/api/v1/dead-letters/{id}", Scope::operate, &DeadLetterDesk::discard).accepts = {"application/json"};
  add("GET", "/api/v1/jobs", Scope::read, &DeadLetterDesk::jobs);
  add("GET", "/api/v1/jobs/{id}", Scope::read, &DeadLetterDesk::job);
}

}  // namespace dmw::api
