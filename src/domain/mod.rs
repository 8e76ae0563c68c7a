//! What the words mean: codes, names, dates, money and places as the field
//! writes them, parsed once and trusted afterwards. Pure: no I/O, no clock.

/// Administrative areas before and after the merger of 1/7/2025.
pub mod area;
/// Reads the table of areas and links parents and successors.
mod area_load;
/// Finding areas by name, with or without tone marks.
mod area_search;
/// Birth dates that may lack the day or the month.
pub mod birth;
/// The closed list of error codes.
pub mod code;
/// The calendar of UTC+7: days, months, the last day of a period.
pub mod day;
/// Ids of everything.
pub mod id;
/// Codes that identify a person or a health facility.
pub mod identity;
/// Money in whole đồng.
pub mod money;
/// Names of people, as written and as compared.
pub mod name;
/// A person as a record describes him or her.
pub mod person;
/// The code of a collection point.
pub mod point;
/// A receipt in a receipt book.
pub mod receipt;
/// Where things stand after they were decided.
pub mod state;
/// Text as people type it, cleaned and folded.
pub mod text;
/// The macro behind every enum that travels as text.
pub mod text_enum;
/// Closed vocabularies of the wire.
pub mod vocab;

pub use area::{Area, AreaLevel, Areas, Resolved};
pub use area_load::Fault as AreaFault;
pub use birth::BirthDate;
pub use code::{Code, FieldError};
pub use day::{Month, add_months_end, parse_day, vn_day, vn_midnight};
pub use id::Id;
pub use identity::{BhxhCode, FacilityCode, Passport, PersonalId};
pub use money::Dong;
pub use name::{NameAgreement, PersonName, same_name};
pub use person::{Person, identity_key};
pub use point::PointCode;
pub use receipt::Receipt;
pub use state::{
    ChangeEntity, ChangeOp, ChangeReason, EnrollmentStatus, ItemState, PhoneState, RecordState,
    ReviewState, Ruling,
};
pub use text::clean_text;
pub use text_enum::UnknownText;
pub use vocab::{
    ApiScope, BaselineKind, CardState, CardType, CodeKind, EnrollmentKind, Flag, HolderKind,
    InstallationMode, Measure, MemberGroup, Method, RecordKind, RecordStatus, Relation, ResultForm,
    Role, Scheme, Sex, SupportGroup, VisitResult, WorklistKind,
};
