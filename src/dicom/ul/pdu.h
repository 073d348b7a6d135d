// PDUs: the messages of the upper layer (PS3.8 §9.3) with the user information of PS3.7 Annex D. P-DATA-TF is missing
// here, because it is never held as a whole: see association.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/private.h"
#include "base/result.h"

namespace dmw::ul {

/// PS3.8 §9.3.1.
enum class PduType : std::uint8_t {
  associate_rq = 1,
  associate_ac = 2,
  associate_rj = 3,
  p_data = 4,
  release_rq = 5,
  release_rp = 6,
  abort = 7,
};
/// "A-ASSOCIATE-RQ", or "a PDU of type 0x2A".
std::string describe(PduType type);

inline constexpr std::size_t pdu_header_bytes = 6;
/// Longest PDU that is held as a whole. 128 contexts with every known transfer syntax need a tenth of it.
inline constexpr std::size_t pdu_bytes_max = 1 << 20;

/// PS3.7 Annex A.2.1.
inline constexpr std::string_view application_context_uid = "1.2.840.10008.3.1.1.1";
/// Our name in associations (PS3.7 §D.3.3.2) and in the File Meta Information of files that we write (PS3.10 §7.1).
inline constexpr std::string_view implementation_class_uid = "2.25.24552444719904882494511766550383630571";
inline constexpr std::string_view implementation_version_name = "DICOM_MIDDLEWARE";

/// PS3.8 §9.3.2.2.
struct ProposedContext {
  std::uint8_t id = 0;  ///< odd
  std::string abstract_syntax{};
  std::vector<std::string> transfer_syntaxes{};
  bool is_malformed = false;  ///< malformed, or with an even id; the fields that could be read are set
  bool operator==(const ProposedContext&) const = default;
};

/// PS3.8 §9.3.3.2.
enum class ContextResult : std::uint8_t {
  accepted = 0,
  user_rejection = 1,
  no_reason = 2,
  abstract_syntax_not_supported = 3,
  transfer_syntaxes_not_supported = 4,
};
std::string_view describe(ContextResult result);

struct AnsweredContext {
  std::uint8_t id = 0;
  ContextResult result = ContextResult::no_reason;
  std::string transfer_syntax{};  ///< meaningful only if accepted
  bool operator==(const AnsweredContext&) const = default;
};

/// PS3.7 §D.3.3.3: outstanding operations at the same time; 0 = no limit.
struct AsynchronousWindow {
  std::uint16_t invoked = 1;
  std::uint16_t performed = 1;
  bool operator==(const AsynchronousWindow&) const = default;
};

/// PS3.7 §D.3.3.4: the roles that the requestor proposes for itself, or is granted.
struct RoleSelection {
  std::string sop_class{};
  bool scu = false;
  bool scp = false;
  bool operator==(const RoleSelection&) const = default;
};

/// PS3.7 §D.3.3.5.
struct ExtendedNegotiation {
  std::string sop_class{};
  std::string information{};  ///< bytes that the service class defines
  bool operator==(const ExtendedNegotiation&) const = default;
};

/// PS3.7 §D.3.3.6.
struct CommonExtendedNegotiation {
  std::string sop_class{};
  std::string service_class{};
  std::vector<std::string> related_sop_classes{};
  bool operator==(const CommonExtendedNegotiation&) const = default;
};

/// PS3.7 §D.3.3.7.1.
struct UserIdentity {
  enum class Type : std::uint8_t { username = 1, username_and_passcode = 2, kerberos = 3, saml = 4, jwt = 5 };
  Type type = Type::username;
  bool wants_response = false;
  Private<std::string> primary{};
  Private<std::string> secondary{};  ///< the passcode
  bool operator==(const UserIdentity&) const = default;
};

/// PS3.8 §9.3.2.3, PS3.7 §D.3.3: the same items go in both directions.
struct UserInformation {
  std::uint32_t pdu_length_max = 0;  ///< that its sender wants to receive (PS3.8 §D.1); 0 = no limit
  std::string implementation_class{};
  std::string implementation_version{};
  std::optional<AsynchronousWindow> asynchronous_window{};
  std::vector<RoleSelection> roles{};
  std::vector<ExtendedNegotiation> extended{};
  std::vector<CommonExtendedNegotiation> common_extended{};
  std::optional<UserIdentity> identity{};          ///< of a request
  std::optional<std::string> identity_response{};  ///< of an answer (PS3.7 §D.3.3.7.2)
  bool operator==(const UserInformation&) const = default;
};

/// PS3.8 §9.3.2. After decoding, texts are printable ASCII (other characters are replaced by '?'), titles have no
/// spaces around them, UIDs have no padding and at most 64 characters, and context ids are unique. Abstract syntax and
/// transfer syntaxes may be missing even in a context that is not malformed.
struct AssociateRequest {
  std::uint16_t versions = 1;  ///< one bit per version
  std::string called_ae{};     ///< at most 16 characters; empty if the peer left it blank
  std::string calling_ae{};
  std::string application_context{application_context_uid};
  std::vector<ProposedContext> contexts{};
  UserInformation user{};
  bool operator==(const AssociateRequest&) const = default;
};

/// PS3.8 §9.3.3. It has reserved bytes in the place of the titles of a request.
struct AssociateAccept {
  std::vector<AnsweredContext> contexts{};
  UserInformation user{};
  bool operator==(const AssociateAccept&) const = default;
};

/// PS3.8 §9.3.4: result, source, and a reason whose meaning depends on the source.
struct Rejection {
  std::uint8_t result = 1;  ///< 1 permanent, 2 transient
  std::uint8_t source = 1;  ///< 1 user, 2 provider (ACSE), 3 provider (presentation)
  std::uint8_t reason = 1;
  bool transient() const { return result == 2; }
  bool operator==(const Rejection&) const = default;
};
namespace rejections {
inline constexpr Rejection no_reason{1, 1, 1};
inline constexpr Rejection application_context{1, 1, 2};
inline constexpr Rejection calling_ae{1, 1, 3};
inline constexpr Rejection called_ae{1, 1, 7};
inline constexpr Rejection protocol_version{1, 2, 2};
inline constexpr Rejection congestion{2, 3, 1};
inline constexpr Rejection local_limit{2, 3, 2};
}  // namespace rejections
/// "rejected for good: called AE title not recognized".
std::string describe(const Rejection& rejection);

/// PS3.8 §9.3.8.
struct Abort {
  std::uint8_t source = 0;  ///< 0 user, 2 provider
  std::uint8_t reason = 0;  ///< 0 unless the provider is the source
  bool operator==(const Abort&) const = default;
};
namespace aborts {
inline constexpr Abort user{0, 0};
inline constexpr Abort no_reason{2, 0};
inline constexpr Abort unrecognized_pdu{2, 1};
inline constexpr Abort unexpected_pdu{2, 2};
inline constexpr Abort unexpected_parameter{2, 5};
inline constexpr Abort invalid_parameter{2, 6};
}  // namespace aborts
/// "aborted by the provider: unexpected PDU".
std::string describe(const Abort& abort);

/// Whole PDUs with their headers. Values that do not fit into their field (a title over 16 characters, a UID over 64)
/// are cut; callers must not pass such values.
std::string encode(const AssociateRequest& request);
/// `echoed`: the result of echo_of() for the request.
std::string encode(const AssociateAccept& accept, std::string_view echoed = {});
std::string encode(const Rejection& rejection);
std::string encode(const Abort& abort);
std::string encode_release_rq();
std::string encode_release_rp();

/// Decodes the bytes after the header of a PDU. Unknown items are skipped (PS3.8 §9.3.1). If an item that must not be
/// repeated is repeated, the first one counts, also for contexts with the same id. An invalid item affects only itself:
/// a context of a request becomes malformed, a context of an answer is left out, an item of the user information is
/// skipped. Errors: corrupted, in words: "the A-ASSOCIATE-RQ ends 3 bytes early".
Result<AssociateRequest> decode_associate_rq(ByteView body);
Result<AssociateAccept> decode_associate_ac(ByteView body);
Result<Rejection> decode_associate_rj(ByteView body);
Result<Abort> decode_abort(ByteView body);

/// The AE titles in the body of an A-ASSOCIATE-RQ, even if it could not be decoded; empty if the body ends before them.
struct Titles {
  std::string called{};
  std::string calling{};
};
Titles titles_of(std::string_view body);

/// The titles and the reserved field after them in the body of a decoded A-ASSOCIATE-RQ, byte for byte. PS3.8 §9.3.3
/// requires them in the answer.
std::string_view echo_of(std::string_view body);

}  // namespace dmw::ul
