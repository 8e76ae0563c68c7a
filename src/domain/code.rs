//! The closed list of error codes: what went wrong, in one word that never
//! changes. HTTP statuses and sentences for people belong to the HTTP layer.

use super::text_enum::text_enum;
use serde::{Deserialize, Serialize};

text_enum! {
    /// Why a request, a record or a field was not taken as it came.
    pub enum Code {
        // The request as a whole.
        /// Not JSON, or not the shape of the contract.
        Malformed = "malformed",
        /// No valid token.
        Unauthenticated = "unauthenticated",
        /// The role may not do this.
        Forbidden = "forbidden",
        /// The call needs a token bound to an installation.
        InstallationRequired = "installation_required",
        /// The installation named is not the token's.
        InstallationMismatch = "installation_mismatch",
        /// The password was given by somebody else: its owner must change it first.
        PasswordChangeRequired = "password_change_required",
        /// The installation was revoked.
        InstallationRevoked = "installation_revoked",
        /// Only API clients may name an agent.
        AgentNotAllowed = "agent_not_allowed",
        /// Nothing there within the caller's scope.
        NotFound = "not_found",
        /// The path exists, the HTTP method does not.
        MethodNotAllowed = "method_not_allowed",
        /// Contradicts what is stored.
        Conflict = "conflict",
        /// The installation id is bound to another user.
        InstallationTaken = "installation_taken",
        /// The cursor leads nowhere any more: pull again from the start.
        CursorReset = "cursor_reset",
        /// `If-Match` named another version.
        PreconditionFailed = "precondition_failed",
        /// More bytes or records than allowed.
        TooLarge = "too_large",
        /// The body is not of a content type we read.
        UnsupportedMediaType = "unsupported_media_type",
        /// Some fields are wrong; they are listed.
        Invalid = "invalid",
        /// The protocol number is not spoken here.
        ProtocolUnknown = "protocol_unknown",
        /// Too many failed attempts: wait.
        TooManyAttempts = "too_many_attempts",
        /// Our own fault.
        Internal = "internal",
        /// The database is away or overloaded: try again later.
        Busy = "busy",

        // The law, in quotes and in records.
        /// The amount collected is not what the law asks.
        AmountMismatch = "amount_mismatch",
        /// The income chosen is under the rural poverty line.
        IncomeTooLow = "income_too_low",
        /// The income chosen is over the cap in base salaries.
        IncomeTooHigh = "income_too_high",
        /// The method or group does not allow that number of months.
        MonthsNotAllowed = "months_not_allowed",
        /// Under the least age of the scheme.
        TooYoung = "too_young",
        /// Born after the day of payment.
        BirthInFuture = "birth_in_future",
        /// The investment rate of the year was not published to us.
        RateUnknown = "rate_unknown",
        /// No such area on that day.
        AreaUnknown = "area_unknown",
        /// A rule the amount needs has no row for that day.
        RuleMissing = "rule_missing",

        // Records: what a person must decide.
        /// The codes and the person disagree.
        IdentityConflict = "identity_conflict",
        /// Very like somebody already covered.
        PossibleDuplicate = "possible_duplicate",
        /// The months bought are covered in part.
        Overlap = "overlap",
        /// Some members of the household are already covered.
        MemberCovered = "member_covered",
        /// Right for a rank or a number of supported months the phone could not know.
        RankChanged = "rank_changed",
        /// The day of payment does not fit the day of capture.
        PaidOnImplausible = "paid_on_implausible",
        /// Captured after the installation was revoked.
        CapturedAfterRevocation = "captured_after_revocation",
        /// The record this one duplicates was voided.
        OriginalVoided = "original_voided",

        // Records: replay and order.
        /// The same id and revision came with other content.
        ContentChanged = "content_changed",
        /// An earlier revision is accepted already.
        AlreadyAccepted = "already_accepted",
        /// The record is void already.
        AlreadyVoid = "already_void",
        /// A higher revision was decided.
        Superseded = "superseded",
        /// The record to void has not come yet.
        RecordMissing = "record_missing",
        /// A kind of record this server does not know.
        UnsupportedKind = "unsupported_kind",

        // Single fields.
        /// The field is absent or empty.
        Required = "required",
        /// More characters than allowed.
        TooLong = "too_long",
        /// A number or a day outside its range.
        OutOfRange = "out_of_range",
        /// Not of the form the field has.
        BadFormat = "bad_format",
        /// A password that guessers try first.
        TooCommon = "too_common",
        /// Not the present password.
        WrongPassword = "wrong_password",
        /// A file that unpacks to more than such a table needs.
        FileTooLarge = "file_too_large",
        /// In a file: no column of that name is known.
        ColumnUnknown = "column_unknown",
        /// In a file: the same as an earlier line or column.
        Repeated = "repeated",
        /// In a file: has the insurance that the list is for.
        InsuredAlready = "insured_already",
        /// In a file: stands on another open list.
        ListedAlready = "listed_already",
        /// In a file: may stand on no list.
        NotToBeListed = "not_to_be_listed",
        /// More than one thing has this name.
        Ambiguous = "ambiguous",
        /// Neither CSV in UTF-8 nor XLSX.
        FileUnreadable = "file_unreadable",
        /// A control character inside the text.
        ControlCharacter = "control_character",
    }
}

/// One wrong field of a request or record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldError {
    /// JSON pointer to the field, `/body/members/2/months`.
    pub path: String,
    /// What is wrong with it.
    pub code: Code,
    /// The right value where there is one number for it (đồng, months).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<i64>,
    /// The row of the law that says so, is missing or in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

impl FieldError {
    /// A field error with neither an expected value nor a rule.
    pub fn new(path: impl Into<String>, code: Code) -> Self {
        Self { path: path.into(), code, expected: None, rule: None }
    }
}
