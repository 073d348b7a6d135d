#include "api/letter_selection.h"

#include <algorithm>

#include "api/parameters.h"
#include "base/format.h"

namespace dmw::api {
namespace {

constexpr std::size_t kNumbersMax = 100'000;
constexpr std::size_t kPage = 1'000;

catalog::DeadLetterFilter read_filter(const json::object& from, http::Problem& problem) {
  catalog::DeadLetterFilter filter;
  filter.state = DeadLetterState::open;
  for (const auto& [member, value] : from) {
    const std::string_view key = member;
    std::string* const target = key == "cause"    ? &filter.cause
                                : key == "stage"  ? &filter.stage
                                : key == "source" ? &filter.source
                                : key == "study"  ? &filter.study
                                                  : nullptr;
    std::optional<MicrosUtc>* const time = key == "since" ? &filter.since : key == "until" ? &filter.until : nullptr;
    const std::string pointer = format("/filter/{}", key);
    if (target == nullptr && time == nullptr) {
      problem.error(pointer, "is unknown; allowed: cause, stage, source, study, since and until");
    } else if (!value.is_string()) {
      problem.error(pointer, "must be a string");
    } else if (time != nullptr) {
      *time = parse_time(value.get_string());
      if (!*time) problem.error(pointer, "must be a time like 2026-01-31T12:00:00Z, or a day like 2026-01-31");
    } else {
      target->assign(std::string_view(value.get_string()));
    }
  }
  const auto stages = {Stage::fetch, Stage::header, Stage::store, Stage::record};
  const bool known = std::ranges::any_of(stages, [&](Stage stage) { return name(stage) == filter.stage; });
  if (!filter.stage.empty() && !known) problem.error("/filter/stage", "must be one of fetch, header, store, record");
  if (!filter.cause.empty() && !is_cause(filter.cause)) problem.error("/filter/cause", std::string(kCauses));
  return filter;
}

std::vector<std::int64_t> read_numbers(const json::array& from, http::Problem& problem) {
  std::vector<std::int64_t> numbers;
  for (const json::value& value : from) {
    if (!value.is_int64() || value.get_int64() < 1) {
      problem.error(format("/numbers/{}", numbers.size()), "must be the number of a dead letter");
      return {};
    }
    numbers.push_back(value.get_int64());
  }
  std::ranges::sort(numbers);
  const auto repeated = std::ranges::unique(numbers);
  numbers.erase(repeated.begin(), repeated.end());
  if (numbers.size() > kNumbersMax) problem.error("/numbers", format("must be at most {}", kNumbersMax));
  return numbers;
}

}  // namespace

std::expected<LetterSelection, http::Problem> LetterSelection::of(const json::object& body) {
  LetterSelection order;
  http::Problem problem = http::Problem::of(422, "the body does not name the dead letters: give numbers or a filter");
  const json::value* const filter = body.if_contains("filter");
  const json::value* const numbers = body.if_contains("numbers");
  if ((filter == nullptr) == (numbers == nullptr)) {
    problem.error("/filter", "give either this or /numbers");
  } else if (filter != nullptr && filter->is_object()) {
    order.filter = read_filter(filter->get_object(), problem);
  } else if (numbers != nullptr && numbers->is_array()) {
    order.numbers = read_numbers(numbers->get_array(), problem);
  } else {
    problem.error(filter != nullptr ? "/filter" : "/numbers",
                  filter != nullptr ? "must be an object" : "must be a list");
  }
  if (const json::value* const dry = body.if_contains("dry_run")) {
    if (dry->is_bool()) {
      order.dry_run = dry->get_bool();
    } else {
      problem.error("/dry_run", "must be true or false");
    }
  }
  if (!problem.errors.empty()) return std::unexpected(std::move(problem));
  return order;
}

Result<std::vector<std::int64_t>> numbers_of(const LetterSelection& order, catalog::DeadLetters& letters) {
  if (!order.filter) return order.numbers;
  std::vector<std::int64_t> numbers;
  catalog::DeadLetterFilter filter = *order.filter;
  filter.limit = kPage;
  for (;;) {
    const std::vector<DeadLetter> page = TRY(letters.list(filter));
    for (const DeadLetter& letter : page) numbers.push_back(letter.number);
    if (numbers.size() > kNumbersMax) {
      return fail(Errc::too_large, format("over {} dead letters match: narrow the filter", kNumbersMax));
    }
    if (page.size() < kPage) return numbers;
    filter.after_number = numbers.back();
  }
}

}  // namespace dmw::api
