//! The closed vocabularies of the wire. A word is never renamed; a new one may
//! be added.

use super::text_enum::text_enum;

text_enum! {
    /// What a user of the system is.
    pub enum Role {
        /// Everything.
        Admin = "admin",
        /// An office and what lies under it.
        Supervisor = "supervisor",
        /// One group.
        Leader = "leader",
        /// Himself inside one group.
        Agent = "agent",
        /// A program of a collection organisation, with scopes.
        Client = "client",
    }
}

text_enum! {
    /// What a program of an organisation may do.
    pub enum ApiScope {
        /// Hand in records for the organisation's agents, and make their phones known.
        EnrollWrite = "enroll:write",
        /// Read the organisation's enrollments and cards.
        EnrollRead = "enroll:read",
        /// Read the organisation's tallies.
        TalliesRead = "tallies:read",
    }
}

text_enum! {
    /// Sex as the papers declare it.
    pub enum Sex {
        /// Nam.
        Male = "male",
        /// Nữ.
        Female = "female",
    }
}

text_enum! {
    /// The two schemes agents collect for.
    pub enum Scheme {
        /// BHXH tự nguyện.
        Voluntary = "voluntary",
        /// BHYT hộ gia đình.
        Household = "household",
    }
}

text_enum! {
    /// Who may have a target.
    pub enum HolderKind {
        Office = "office",
        Group = "group",
        /// A collection organisation.
        Organisation = "organisation",
        Agent = "agent",
        Village = "village",
        /// A mass organisation, by its members.
        Association = "association",
        /// A commune.
        Area = "area",
    }
}

text_enum! {
    /// What a target counts.
    pub enum Measure {
        /// People accepted in the period.
        Enrolled = "enrolled",
        /// People with a paid period at the end of the period.
        TakingPart = "taking_part",
        /// Installs of the VssID app.
        Vssid = "vssid",
    }
}

text_enum! {
    /// A figure that this system cannot count.
    pub enum BaselineKind {
        /// People in voluntary social insurance whom this system did not enroll.
        Voluntary = "voluntary",
        /// People with health insurance whom this system did not enroll.
        Household = "household",
        Population = "population",
        LabourForce = "labour_force",
    }
}

text_enum! {
    /// What a record of a phone says.
    pub enum RecordKind {
        /// One voluntary enrollment.
        Voluntary = "voluntary",
        /// One household and all members who join together.
        Household = "household",
        /// Takes back an earlier record.
        Void = "void",
        /// What came of a visit.
        Visit = "visit",
    }
}

text_enum! {
    /// Why somebody is to be visited.
    pub enum WorklistKind {
        /// What was paid for ends soon.
        Due = "due",
        /// It ended this year, and nothing followed.
        Lapsed = "lapsed",
        /// Others of the household hold a card.
        NoCard = "no_card",
        /// Stands on a list of residents.
        NeverJoined = "never_joined",
    }
}

text_enum! {
    /// What came of a visit.
    pub enum VisitResult {
        /// Spoke with the person, without more.
        Met = "met",
        /// Nobody there.
        NotHome = "not_home",
        /// Wants to join, perhaps by a day.
        Promised = "promised",
        /// Does not want to.
        Refused = "refused",
        /// Joined on the spot; the enrollment is a record of its own.
        Enrolled = "enrolled",
    }
}

text_enum! {
    /// How voluntary contributions are paid (NĐ 134/2015 Điều 9; Luật 41/2024 Điều 36).
    pub enum Method {
        /// One month.
        Monthly = "monthly",
        /// Three months.
        Quarterly = "quarterly",
        /// Six months.
        HalfYearly = "half_yearly",
        /// Twelve months.
        Yearly = "yearly",
        /// Whole years to come, discounted.
        Ahead = "ahead",
        /// Past months still missing, with interest.
        Missing = "missing",
    }
}

text_enum! {
    /// Ground of State support for voluntary contributions.
    pub enum SupportGroup {
        /// Hộ nghèo.
        Poor = "poor",
        /// Hộ cận nghèo.
        NearPoor = "near_poor",
        /// Xã đảo, đặc khu.
        Island = "island",
        /// Dân tộc thiểu số.
        EthnicMinority = "ethnic_minority",
        /// Everybody else.
        Other = "other",
    }
}

text_enum! {
    /// Ground on which a member takes part in health insurance.
    pub enum MemberGroup {
        /// Pays as a household member, with a rank.
        Household = "household",
        /// Hộ cận nghèo.
        NearPoor = "near_poor",
        /// Near-poor in a poor district (until 14/8/2025) or poor commune.
        NearPoorPoorCommune = "near_poor_poor_commune",
        /// Agriculture, forestry, fishery or salt household of average living standard.
        AgriAverage = "agri_average",
        /// Lives in a commune that has left the list of difficult ones (NĐ 75/2023).
        LeftDifficultCommune = "left_difficult_commune",
        /// Học sinh, sinh viên.
        Student = "student",
    }
}

text_enum! {
    /// Relation to the head of the household.
    pub enum Relation {
        /// Chủ hộ.
        Head = "head",
        /// Vợ, chồng.
        Spouse = "spouse",
        /// Con.
        Child = "child",
        /// Cha, mẹ.
        Parent = "parent",
        /// Anyone else in the household.
        Other = "other",
    }
}

text_enum! {
    /// How the book or card is handed over.
    pub enum ResultForm {
        /// The default.
        Electronic = "electronic",
        /// On request.
        Paper = "paper",
    }
}

text_enum! {
    /// A remark on something that was accepted or quoted all the same.
    pub enum Flag {
        /// Counts in a month other than that of its receipt.
        Late = "late",
        /// The phone's clock was wrong and was repaired.
        Clock = "clock",
        /// The name is equal only without marks.
        NameSpelling = "name_spelling",
        /// Very like another person.
        PossibleDuplicate = "possible_duplicate",
        /// The card declared is not the card we know.
        PreviousCardDiffers = "previous_card_differs",
        /// An area of before 1/7/2025 was mapped to its successor.
        AreaMapped = "area_mapped",
        /// The person owns another code of that kind, or it contradicts the declared birth or sex.
        PersonalIdDiffers = "personal_id_differs",
        /// The income is not on the grid of steps over the poverty line.
        IncomeOffGrid = "income_off_grid",
        /// No consent to the processing of personal data was recorded.
        ConsentMissing = "consent_missing",
        /// The agent's certificate had expired.
        CertificateExpired = "certificate_expired",
        /// Paid after the deadline of the method.
        PastDeadline = "past_deadline",
    }
}

text_enum! {
    /// What was decided on a record.
    pub enum RecordStatus {
        /// Enrolled.
        Accepted = "accepted",
        /// Covered already.
        Duplicate = "duplicate",
        /// A person will decide.
        Review = "review",
        /// Wrong, correctable.
        Rejected = "rejected",
        /// Not decided; send again.
        Deferred = "deferred",
    }
}

text_enum! {
    /// Whether the person joins or goes on.
    pub enum EnrollmentKind {
        /// Not covered before.
        New = "new",
        /// Follows earlier cover.
        Renewal = "renewal",
    }
}

text_enum! {
    /// What is issued.
    pub enum CardType {
        /// Thẻ BHYT.
        Card = "card",
        /// Sổ BHXH.
        Book = "book",
    }
}

text_enum! {
    /// Where a card stands.
    pub enum CardState {
        /// Has its number.
        Issued = "issued",
        /// Waits for the holder's mã số BHXH.
        PendingCode = "pending_code",
        /// Taken back.
        Voided = "voided",
    }
}

text_enum! {
    /// Kinds of codes that identify a person.
    pub enum CodeKind {
        /// Mã số BHXH, 10 digits.
        Bhxh = "bhxh",
        /// Số định danh cá nhân, 12 digits.
        PersonalId = "personal_id",
        /// Hộ chiếu.
        Passport = "passport",
    }
}

text_enum! {
    /// What a revoked installation may still do.
    pub enum InstallationMode {
        /// Hand in what it captured before, nothing else.
        Deliver = "deliver",
        /// Nothing.
        Block = "block",
    }
}
