//! The shapes of the protocol as they stand on the wire (`docs/SYNC.md`). Words of closed
//! vocabularies stay text here, so that one wrong word is an error of its field and not of the
//! whole record.

mod answers;
mod batch;
mod bodies;
mod feed;

pub use answers::{
    BatchAnswer, CardAnswer, CurrentAnswer, DuplicateOf, EnrollmentAnswer, FieldAnswer,
    InstallationAnswer, RecordAnswer, RecordsAnswer, ResultAnswer,
};
pub use batch::{
    BACKOFF_S, BatchRequest, ConfigAnswer, LIMITS, Limits, PROTOCOL, RecordBody, RecordRequest,
};
pub use bodies::{
    ConsentBody, HouseholdBody, HouseholdHead, MemberBody, PersonBody, ReceiptBody, VoidBody,
    VoluntaryBody,
};
pub use feed::{
    CardEntity, ChangeAnswer, ChangesAnswer, EnrollmentEntity, Entity, HolderEntity,
    HouseholdEntity, PersonEntity, RankEntity, ReviewEntity, TargetEntity,
};
