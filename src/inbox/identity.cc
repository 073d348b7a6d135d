#include "inbox/identity.h"

#include <charconv>

#include <fcntl.h>

#include "base/format.h"
#include "base/uuid.h"

namespace dmw::inbox {
namespace {

/// "inbox <uuid> life <20 digits> seq <20 digits>\n": fixed length, so that a number can be overwritten in place.
constexpr std::size_t uuid_at = 6;
constexpr std::size_t life_at = uuid_at + 36 + 6;
constexpr std::size_t seq_at = life_at + 20 + 5;
constexpr std::size_t line_bytes = seq_at + 20 + 1;

std::string line_of(const Identity& identity) {
  return format("inbox {} life {:020} seq {:020}\n", identity.id, identity.life, identity.last_seq);
}

std::int64_t digits_at(std::string_view line, std::size_t at) {
  std::int64_t number = 0;
  std::from_chars(line.data() + at, line.data() + at + 20, number);
  return number;
}

}  // namespace

Result<std::optional<Identity>> read_identity(const std::filesystem::path& directory) {
  const Result<std::string> line = read_text(directory / "identity", line_bytes + 1);
  if (!line && (line.error().code == Errc::not_found || line.error().code == Errc::too_large)) return std::nullopt;
  if (!line) return std::unexpected(line.error());
  if (line->size() != line_bytes || !Uuid::parse(line->substr(uuid_at, 36))) return std::nullopt;
  Identity identity{line->substr(uuid_at, 36), digits_at(*line, life_at), digits_at(*line, seq_at)};
  if (line_of(identity) != *line) return std::nullopt;
  return identity;
}

Result<IdentityFile> IdentityFile::write(const std::filesystem::path& directory, const Identity& identity) {
  const std::filesystem::path part = directory / "identity.part";
  File file = TRY(File::open(part, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW));
  TRY(file.write_all(as_bytes(line_of(identity))));
  TRY(file.sync());
  TRY(rename_file(part, directory / "identity"));
  TRY(sync_directory(directory));
  return IdentityFile(std::move(file));
}

void IdentityFile::mark(std::int64_t last_seq) {
  static_cast<void>(file_.write_at(seq_at, as_bytes(format("{:020}", last_seq))));
}

Kinship kinship(const std::optional<Identity>& beside, const Identity& in_database) {
  if (!beside) return Kinship::own;
  if (in_database.id.empty()) return Kinship::missing;
  if (in_database.id != beside->id) return Kinship::foreign;
  if (in_database.life < beside->life || in_database.last_seq < beside->last_seq) return Kinship::older;
  return Kinship::own;
}

}  // namespace dmw::inbox
