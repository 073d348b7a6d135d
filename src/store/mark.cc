#include "store/mark.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/format.h"
#include "base/json.h"

namespace dmw::store {
namespace {

constexpr std::uint64_t bytes_max = 4096;

/// `marks/<catalog>.e<epoch>.json`.
ObjectKey key_of(const Mark& mark) {
  return ObjectKey(format("marks/{}.e{}.json", mark.catalog_id.text(), mark.epoch));
}

/// What the key says: nothing for anything else that lies there.
std::optional<Mark> mark_of(const ObjectKey& key) {
  constexpr std::size_t uuid_chars = 36;
  std::string_view name = std::string_view(key.get()).substr(std::string_view("marks/").size());
  if (name.size() <= uuid_chars || !name.substr(uuid_chars).starts_with(".e") || !name.ends_with(".json"))
    return std::nullopt;
  const std::optional<Uuid> catalog = Uuid::parse(name.substr(0, uuid_chars));
  const std::string digits(
      name.substr(uuid_chars + 2, name.size() - uuid_chars - 2 - std::string_view(".json").size()));
  const bool number = !digits.empty() && digits.size() <= 18 &&
                      std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if (!catalog || !number) return std::nullopt;
  return Mark{.catalog_id = *catalog, .epoch = std::stoll(digits)};
}

Result<> read_body(ObjectStore& store, const ObjectKey& key, Mark& mark) {
  std::string text;
  const Result<> read = store.read(key, {0, bytes_max}, [&](ByteView bytes) -> Result<> {
    text += as_text(bytes);
    return {};
  });
  if (!read && read.error().code == Errc::not_found) return {};  // a newer one took its place
  if (!read) return std::unexpected(read.error());
  const Result<json::value> parsed = json::parse(text);
  if (!parsed || !parsed->is_object()) return {};
  mark.position = json::get_int(parsed->as_object(), "position").value_or(0);
  mark.turn = json::get_int(parsed->as_object(), "turn").value_or(0);
  mark.delivered = json::get_int(parsed->as_object(), "delivered");
  return {};
}

Result<std::vector<ObjectKey>> keys_of_marks(ObjectStore& store) {
  std::vector<ObjectKey> keys;
  TRY(store.list("marks", [&](const ObjectKey& key) -> Result<> {
    if (mark_of(key)) keys.push_back(key);
    return {};
  }));
  return keys;
}

}  // namespace

Result<Marks> read_marks(ObjectStore& store) {
  Marks marks;
  for (const ObjectKey& key : TRY(keys_of_marks(store))) {
    Mark mark = *mark_of(key);
    TRY(read_body(store, key, mark));
    marks.position_max = std::max(marks.position_max, mark.position);
    marks.turn_max = std::max(marks.turn_max, mark.turn);
    if (!marks.newest || mark.epoch > marks.newest->epoch) marks.newest = mark;
  }
  return marks;
}

Document document_of(const Mark& mark) {
  json::object body;
  body["catalog_id"] = mark.catalog_id.text();
  body["epoch"] = mark.epoch;
  body["position"] = mark.position;
  body["turn"] = mark.turn;
  if (mark.delivered) body["delivered"] = *mark.delivered;
  return {key_of(mark), json::serialize(body) + "\n"};
}

Result<> write_mark(ObjectStore& store, const Mark& mark) {
  const Document document = document_of(mark);
  return store.write({&document, 1}).at(0);
}

Result<> remove_marks_before(ObjectStore& store, std::int64_t epoch) {
  for (const ObjectKey& key : TRY(keys_of_marks(store))) {
    if (mark_of(key)->epoch < epoch) TRY(store.remove(key));
  }
  return {};
}

}  // namespace dmw::store
