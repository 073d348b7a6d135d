// docs/conformance.md says what the program does.
#include <algorithm>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/format.h"
#include "dicom/ul/negotiation.h"
#include "dicom/ul/pdu.h"
#include "dicom/ul/sop_classes.h"
#include "sources/dimse/test_storage.h"

namespace dmw::sources {
namespace {

std::string statement() {
  return read_text(DMW_CONFORMANCE, 1 << 20).value();
}

void expect_line(std::string_view text, const std::string& line) {
  EXPECT_TRUE(text.contains(line)) << "docs/conformance.md misses: " << line;
}

std::string row(const ul::NamedUid& named) {
  return format("| {}{} | `{}` |\n", named.name, named.retired ? " (retired)" : "", named.uid);
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Conformance, NamesEverySopClassAndTransferSyntaxThatHasAName) {
  const std::string text = statement();
  for (const ul::NamedUid& sop_class : ul::storage_sop_classes()) expect_line(text, row(sop_class));
  for (const ul::NamedUid& syntax : ul::transfer_syntaxes()) expect_line(text, row(syntax));
  EXPECT_EQ(count(text, "| `1.2."), ul::storage_sop_classes().size() + ul::transfer_syntaxes().size() + 1)
      << "the application context, and nothing else";
}

class ConformanceTest : public StorageTest {
 protected:
  /// What a listener with storage and verification answers to a context of these.
  ul::AnsweredContext answered(std::string_view sop_class, const std::vector<std::string>& syntaxes,
                               bool accept_unknown = false) {
    StorageService storage("dimse", {.accept_unknown = accept_unknown}, *inbox_, read_, metrics_);
    const dimse::Services services({&storage, &verification_});
    const auto accepts = [&](const ul::ProposedContext& context) -> std::optional<std::string> {
      const auto accepted = services.accepting(context);
      return accepted ? std::optional(accepted->transfer_syntax) : std::nullopt;
    };
    return ul::answer({1, std::string(sop_class), syntaxes}, {.accepts = accepts});
  }
};

TEST_F(ConformanceTest, IsWhatIsNegotiated) {
  using enum ul::ContextResult;
  open();
  for (const ul::NamedUid& sop_class : ul::storage_sop_classes()) {
    for (const ul::NamedUid& syntax : ul::transfer_syntaxes()) {
      const ul::AnsweredContext answer = answered(sop_class.uid, {std::string(syntax.uid), "1.2.3"});
      EXPECT_EQ(answer.result, accepted) << sop_class.uid;
      EXPECT_EQ(answer.transfer_syntax, syntax.uid);
    }
  }
  const std::string patient_root_move = "1.2.840.10008.5.1.4.1.2.1.2";
  const std::vector<std::string> implicit = {std::string(ul::implicit_little_endian)};
  EXPECT_NE(answered(patient_root_move, implicit, true).result, accepted);
  EXPECT_NE(answered("2.25.1", implicit).result, accepted);
  EXPECT_EQ(answered("2.25.1", implicit, true).result, accepted);
  const std::vector<std::string> both = {implicit[0], std::string(ul::explicit_little_endian)};
  EXPECT_EQ(answered(ul::verification_sop_class, both).transfer_syntax, both[1]);
}

TEST(Conformance, SaysWhoWeAre) {
  const std::string text = statement();
  expect_line(text, format("| implementation class UID | `{}` |", ul::implementation_class_uid));
  expect_line(text, format("| implementation version name | `{}` |", ul::implementation_version_name));
  expect_line(text, format("| application context | `{}` |", ul::application_context_uid));
  EXPECT_EQ(ul::Policy{}.pdu_length_max, 131'072U);
}

}  // namespace
}  // namespace dmw::sources
