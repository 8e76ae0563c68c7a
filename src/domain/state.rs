//! Where things stand after they were decided: states kept in the database and shown in feeds.

use super::text_enum::text_enum;

text_enum! {
    /// What became of a revision of a record.
    pub enum RecordState {
        /// Enrolled and standing.
        Accepted = "accepted",
        /// Covered already when it came.
        Duplicate = "duplicate",
        /// A person will decide.
        Review = "review",
        /// Wrong; waits for a correction.
        Rejected = "rejected",
        /// Taken back.
        Voided = "voided",
        /// Replaced by a later revision.
        Superseded = "superseded",
    }
}

text_enum! {
    /// Whether an enrollment stands.
    pub enum EnrollmentStatus {
        /// It stands.
        Accepted = "accepted",
        /// Its record was taken back.
        Voided = "voided",
    }
}

text_enum! {
    /// Where a review stands.
    pub enum ReviewState {
        /// Waits for a decision.
        Open = "open",
        /// Decided: the record counts.
        Accepted = "accepted",
        /// Decided: the record does not count.
        Rejected = "rejected",
        /// Decided: the two persons are one.
        Merged = "merged",
        /// A later revision took its place.
        Superseded = "superseded",
        /// The record was taken back.
        Closed = "closed",
    }
}

text_enum! {
    /// Why an office asks after a phone.
    pub enum PhoneState {
        /// Not heard of for a while, although it may still speak.
        Silent = "silent",
        /// Something that it has written has not come.
        Behind = "behind",
    }
}

text_enum! {
    /// What a feed tells about.
    pub enum ChangeEntity {
        /// An enrollment.
        Enrollment = "enrollment",
        /// A card or book.
        Card = "card",
        /// A person of one of the group's records.
        Person = "person",
        /// A household.
        Household = "household",
        /// A review.
        Review = "review",
        /// A target of the group or of one of its agents.
        Target = "target",
        /// Somebody to visit.
        WorklistItem = "worklist_item",
    }
}

text_enum! {
    /// Where somebody who is to be visited stands.
    pub enum ItemState {
        /// To be visited.
        Open = "open",
        /// Need not be visited again.
        Done = "done",
        /// Was enrolled meanwhile.
        Enrolled = "enrolled",
        /// Should not have stood there.
        Withdrawn = "withdrawn",
    }
}

text_enum! {
    /// What a change does to the phone's copy.
    pub enum ChangeOp {
        /// Keep this version.
        Put = "put",
        /// Forget it.
        Delete = "delete",
    }
}

text_enum! {
    /// Why a phone must forget something.
    pub enum ChangeReason {
        /// The person is another one now.
        MergedInto = "merged_into",
        /// Nothing of the group's own leads to it any more.
        AccessLost = "access_lost",
    }
}

text_enum! {
    /// What a person decides on a review.
    pub enum Ruling {
        /// The doubt is overruled: the record is judged again without it.
        Accept = "accept",
        /// The record does not count.
        Reject = "reject",
        /// The two persons are one.
        Merge = "merge",
    }
}

impl Ruling {
    /// The state of a review so decided.
    #[must_use]
    pub const fn state(self) -> ReviewState {
        match self {
            Self::Accept => ReviewState::Accepted,
            Self::Reject => ReviewState::Rejected,
            Self::Merge => ReviewState::Merged,
        }
    }
}
