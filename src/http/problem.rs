//! What went wrong, as RFC 9457 says it: one table from code to HTTP status, one shape of answer.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use super::texts::{self, Lang};
use crate::auth::AuthError;
use crate::domain::{Code, FieldError};
use crate::policy::Fault;
use crate::policy::refusal::{self, Refusal};
use crate::rulebook::amend::AmendError;
use crate::sheets::SheetError;
use crate::store::StoreError;
use crate::sync::resolve::Refused;
use crate::sync::wire::BACKOFF_S;

/// The content type of every failure.
pub const CONTENT: &str = "application/problem+json";

/// The HTTP status of a code. The codes of records are statuses only when a single record is named
/// in the address.
#[must_use]
pub const fn status(code: Code) -> StatusCode {
    match code {
        Code::Malformed => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden
        | Code::InstallationRequired
        | Code::InstallationMismatch
        | Code::InstallationRevoked
        | Code::PasswordChangeRequired
        | Code::AgentNotAllowed => StatusCode::FORBIDDEN,
        Code::NotFound | Code::RecordMissing => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::Conflict
        | Code::InstallationTaken
        | Code::ContentChanged
        | Code::AlreadyAccepted
        | Code::AlreadyVoid
        | Code::Superseded => StatusCode::CONFLICT,
        Code::CursorReset => StatusCode::GONE,
        Code::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::ProtocolUnknown => StatusCode::UPGRADE_REQUIRED,
        Code::TooManyAttempts => StatusCode::TOO_MANY_REQUESTS,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Code::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Code::Invalid
        | Code::AmountMismatch
        | Code::IncomeTooLow
        | Code::IncomeTooHigh
        | Code::MonthsNotAllowed
        | Code::TooYoung
        | Code::BirthInFuture
        | Code::RateUnknown
        | Code::AreaUnknown
        | Code::RuleMissing
        | Code::IdentityConflict
        | Code::PossibleDuplicate
        | Code::Overlap
        | Code::MemberCovered
        | Code::RankChanged
        | Code::PaidOnImplausible
        | Code::CapturedAfterRevocation
        | Code::OriginalVoided
        | Code::UnsupportedKind
        | Code::Required
        | Code::TooLong
        | Code::OutOfRange
        | Code::BadFormat
        | Code::TooCommon
        | Code::WrongPassword
        | Code::ColumnUnknown
        | Code::Repeated
        | Code::InsuredAlready
        | Code::ListedAlready
        | Code::NotToBeListed
        | Code::Ambiguous
        | Code::FileUnreadable
        | Code::FileTooLarge
        | Code::ControlCharacter => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// A request that failed. The sentences are added when it is answered, in the caller's language.
#[derive(Debug)]
pub struct Problem {
    code: Code,
    fields: Vec<FieldError>,
    /// For the log alone.
    cause: Option<String>,
    /// When it may go better, seconds.
    wait: Option<i64>,
}

impl Problem {
    /// A failure of our own, with its cause for the log.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self {
            code: Code::Internal,
            fields: Vec::new(),
            cause: Some(cause.to_string()),
            wait: None,
        }
    }

    /// Not now; with its cause for the log.
    pub fn busy(cause: impl fmt::Display) -> Self {
        Self { code: Code::Busy, fields: Vec::new(), cause: Some(cause.to_string()), wait: None }
    }

    /// Too often; it may go better after so many seconds.
    #[must_use]
    pub fn too_many(seconds: u64) -> Self {
        Self { wait: i64::try_from(seconds).ok(), ..Code::TooManyAttempts.into() }
    }

    /// Says which part it is about, as a JSON pointer.
    #[must_use]
    pub fn about(mut self, part: &str) -> Self {
        self.fields.push(FieldError::new(part, self.code));
        self
    }

    /// Some fields are wrong.
    #[must_use]
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        Self { code: Code::Invalid, fields, cause: None, wait: None }
    }

    /// A code with the fields it is about.
    #[must_use]
    pub fn with_fields(code: Code, fields: Vec<FieldError>) -> Self {
        Self { code, fields, cause: None, wait: None }
    }

    /// The problem behind any error that the framework met.
    pub(super) fn of(error: &actix_web::Error) -> Self {
        if let Some(known) = error.as_error::<Self>() {
            return Self {
                code: known.code,
                fields: known.fields.clone(),
                cause: known.cause.clone(),
                wait: known.wait,
            };
        }
        match error.as_response_error().status_code() {
            StatusCode::NOT_FOUND => Code::NotFound.into(),
            StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge.into(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType.into(),
            status if status.is_client_error() => Code::Malformed.into(),
            _ => Self::internal(error),
        }
    }

    /// What went wrong, in one word.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    pub(super) fn status(&self) -> StatusCode {
        status(self.code)
    }

    /// Tells the log what the caller is not told.
    pub(super) fn log(&self, request_id: &str) {
        let code = self.code;
        match &self.cause {
            // Who comes again is served: nothing is broken.
            Some(cause) if code == Code::Busy => {
                tracing::warn!(%request_id, %code, %cause, "not now");
            }
            Some(cause) => tracing::error!(%request_id, %code, %cause, "request failed"),
            None => {}
        }
    }

    /// The answer for people and programs.
    pub(super) fn body(&self, lang: Lang, request_id: &str) -> ProblemBody {
        let status = self.status();
        ProblemBody {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: self.code,
            detail: texts::detail(lang, self.code),
            fields: self.fields.iter().map(|field| FieldProblem::of(lang, field)).collect(),
            request_id: request_id.to_owned(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code.fmt(f)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status());
        answer.insert_header((CONTENT_TYPE, CONTENT));
        match self.code {
            Code::Busy => answer.insert_header((RETRY_AFTER, BACKOFF_S.to_string())),
            Code::TooManyAttempts => match self.wait {
                Some(seconds) => answer.insert_header((RETRY_AFTER, seconds.to_string())),
                None => &mut answer,
            },
            Code::Unauthenticated => answer.insert_header((WWW_AUTHENTICATE, "Bearer")),
            _ => &mut answer,
        };
        answer.finish()
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self { code, fields: Vec::new(), cause: None, wait: None }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Code::NotFound.into(),
            StoreError::Changed => Code::PreconditionFailed.into(),
            StoreError::Unique(_) | StoreError::Conflict(_) => Code::Conflict.into(),
            StoreError::Race => Code::Busy.into(),
            StoreError::Busy(cause) => Self::busy(cause),
            StoreError::Wrong(field) => Self::invalid(vec![field]),
            error => Self::internal(error),
        }
    }
}

impl From<SheetError> for Problem {
    fn from(error: SheetError) -> Self {
        Self::internal(error)
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Because(code) => code.into(),
            Refused::Store(error) => error.into(),
        }
    }
}

impl Problem {
    /// What the law refuses, each reason with the path of its field.
    #[must_use]
    pub fn law(refusals: Vec<(String, Refusal)>) -> Self {
        let pointer = |(path, refusal)| (format!("/{path}"), refusal);
        let (code, fields) = refusal::told(refusals.into_iter().map(pointer).collect());
        Self::with_fields(code, fields)
    }
}

impl From<AmendError> for Problem {
    fn from(error: AmendError) -> Self {
        match error {
            AmendError::Store(error) => error.into(),
            AmendError::Stands => Self::with_fields(
                Code::Conflict,
                vec![FieldError::new("/effective_from", Code::Conflict)],
            ),
            AmendError::Taken => {
                Self::with_fields(Code::Conflict, vec![FieldError::new("/id", Code::Conflict)])
            }
            AmendError::Needed(faults) => {
                let field = |fault: Fault| FieldError {
                    rule: Some(fault.to_string()),
                    ..FieldError::new("", Code::Conflict)
                };
                Self::with_fields(Code::Conflict, faults.into_iter().map(field).collect())
            }
            AmendError::Faults(faults) => {
                let conflict = faults.iter().any(|fault| fault.code == Code::Conflict);
                let pointer = |column: &str| match column {
                    "" => String::new(),
                    column => format!("/{column}"),
                };
                let field = |fault: Fault| FieldError {
                    rule: Some(fault.to_string()),
                    ..FieldError::new(pointer(&fault.column), fault.code)
                };
                let code = if conflict { Code::Conflict } else { Code::Invalid };
                Self::with_fields(code, faults.into_iter().map(field).collect())
            }
        }
    }
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Store(error) => error.into(),
            AuthError::Crypto(cause) => Self::internal(cause),
            AuthError::Unauthenticated => Code::Unauthenticated.into(),
            AuthError::WrongPassword => {
                Self::invalid(vec![FieldError::new("/old_password", Code::WrongPassword)])
            }
            AuthError::TooManyAttempts { seconds } => {
                Self { wait: Some(seconds), ..Code::TooManyAttempts.into() }
            }
            AuthError::InstallationTaken => Code::InstallationTaken.into(),
        }
    }
}

/// A failure, RFC 9457.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    #[serde(rename = "type")]
    kind: &'static str,
    /// The HTTP status in words.
    title: &'static str,
    status: u16,
    /// What a program looks at.
    code: Code,
    /// What a person reads, in Vietnamese unless `Accept-Language` asks for English.
    detail: &'static str,
    /// All wrong fields, when there are any.
    fields: Vec<FieldProblem>,
    /// The name of this request in the log.
    request_id: String,
}

/// A wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// JSON pointer to it.
    path: String,
    code: Code,
    detail: String,
    /// The right value, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expected: Option<i64>,
    /// The row of the law that says so, is missing or in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    rule: Option<String>,
}

impl FieldProblem {
    /// A field error with its sentence.
    #[must_use]
    pub fn of(lang: Lang, field: &FieldError) -> Self {
        Self {
            path: field.path.clone(),
            code: field.code,
            detail: texts::of_field(lang, field),
            expected: field.expected,
            rule: field.rule.clone(),
        }
    }
}
