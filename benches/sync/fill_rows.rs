//! The rows of each table.

use super::Sql;

/// Months after which a year's cards of households begin.
const HOUSEHOLD_YEARS: [(&str, &str); 2] = [("2025", "0"), ("2026", "1")];

impl Sql {
    pub(super) fn persons(&self) -> String {
        format!(
            "INSERT INTO persons (id, full_name, birth, sex, area_code, address, identity_key, created_at)
             SELECT {id}, name, birth, sex, area, 'thôn ' || (p % 9 + 1),
                 area || CASE sex WHEN 'female' THEN '|f|' ELSE '|m|' END || substr(birth, 1, 4) || '|' || folded, {at}
             FROM people",
            id = self.id(&self.person("p")),
            at = self.time("'2025-01-06'"),
        )
    }

    pub(super) fn codes(&self) -> String {
        format!(
            "INSERT INTO person_codes (code, kind, person_id)
             SELECT code, 'bhxh', {id} FROM people;
             INSERT INTO person_codes (code, kind, person_id)
             SELECT personal_id, 'personal_id', {id} FROM people WHERE p % 10 < 9",
            id = self.id(&self.person("p")),
        )
    }

    pub(super) fn households(&self) -> String {
        format!(
            "INSERT INTO households (id, head_name, area_code, address, created_at)
             SELECT {id}, name, area, 'thôn ' || (p % 9 + 1), {at}
             FROM {units} AS units JOIN people ON p = 4 * n - 3",
            id = self.id(&self.household()),
            at = self.time("'2025-01-06'"),
            units = self.series("n", self.size.units),
        )
    }

    pub(super) fn ranks(&self) -> String {
        let rank = |year: &str, member: u8| {
            format!(
                "INSERT INTO household_ranks (household_id, year, person_id, rank)
                 SELECT {household}, {year}, {person}, {rank} FROM {units} AS units;",
                household = self.id(&self.household()),
                person = self.id(&self.person(&format!("4 * n - 3 + {member}"))),
                rank = member + 1,
                units = self.series("n", self.size.units),
            )
        };
        let years = HOUSEHOLD_YEARS.iter().flat_map(|(year, _)| (0..3).map(move |m| rank(year, m)));
        years.collect()
    }

    /// The number of a household's record of a year.
    fn of_household(year: &str) -> String {
        format!("2 * (2 * n - 1 + {year})")
    }

    /// The number of a person's record.
    const OF_PERSON: &str = "2 * p - 1";

    fn record_columns() -> &'static str {
        "INSERT INTO records (id, rev, is_current, state, state_at, kind, installation_id, seq, batch_id, \
             group_id, agent_id, captured_at, received_at, payload, outcome, persons, amount_held, \
             counted_on, area_code, paid_on)"
    }

    pub(super) fn household_records(&self) -> String {
        HOUSEHOLD_YEARS
            .iter()
            .map(|(year, number)| self.household_records_of(year, number))
            .collect()
    }

    fn household_records_of(&self, year: &str, number: &str) -> String {
        let record = Self::of_household(number);
        let day = self.day(year, "n");
        let member = |i: u8| {
            format!(
                "'{{\"person\":' || m{i}.json || ',\"relation\":\"child\",\"group\":\"household\",\"months\":12,\
                 \"facility_code\":\"44001\",\"previous_valid_to\":null,\"result_form\":\"electronic\"}}'"
            )
        };
        let told = |i: u8| {
            format!(
                "'{{\"id\":\"' || {enrollment} || '\",\"person_id\":\"' || {person} || '\",\"bhxh_code\":\"' || m{i}.code ||
                 '\",\"kind\":\"new\",\"duplicate_of\":null,\"card\":{{\"id\":\"' || {card} ||
                 '\",\"type\":\"card\",\"state\":\"issued\",\"number\":\"' || m{i}.code || '\",\"long_number\":\"GD444' || m{i}.code ||
                 '\",\"valid_from\":\"{year}-02-01\",\"valid_to\":\"{year}-12-31\"}}}}'",
                enrollment = self.enrollment(&record, i),
                person = self.person(&format!("m{i}.p")),
                card = self.card(&record, i),
            )
        };
        format!(
            "{columns}
             SELECT {id}, 1, {yes}, 'accepted', {at}, 'household', installation_id, {record}, {batch}, group_id, agent_id, {at}, {at},
                 '{{\"household\":{{\"id\":\"' || {household} || '\",\"code\":null,\"head_name\":\"' || m0.name || '\",\"area_code\":\"' || m0.area ||
                 '\",\"address\":\"thôn 3\",\"phone\":null}},\"paid_on\":\"' || {day} || '\",\"amount_collected\":3005640,\"receipt\":{{\"book\":\"BT21\",\"number\":\"' || n ||
                 '\"}},\"consent\":{{\"version\":\"1\",\"at\":\"' || {day} || 'T09:00:00+07:00\"}},\"members\":[' || {m0} || ',' || {m1} || ',' || {m2} || ']}}',
                 '{{\"status\":\"accepted\",\"code\":null,\"enrollments\":[' || {t0} || ',' || {t1} || ',' || {t2} || ']}}',
                 3, 3005640, {date}, '', {date}
             FROM {units} AS units
             JOIN people AS m0 ON m0.p = 4 * n - 3 JOIN people AS m1 ON m1.p = 4 * n - 2
             JOIN people AS m2 ON m2.p = 4 * n - 1 JOIN teams ON teams.g = m0.g;",
            columns = Self::record_columns(),
            id = self.id(&self.record(&record)),
            yes = self.on("1", "true"),
            at = self.time(&day),
            batch = self.id(&self.ordered(6, "n / 20")),
            household = self.household(),
            m0 = member(0),
            m1 = member(1),
            m2 = member(2),
            t0 = told(0),
            t1 = told(1),
            t2 = told(2),
            date = self.date(&day),
            units = self.series("n", self.size.units),
        )
    }

    pub(super) fn voluntary_records(&self) -> String {
        let day = self.day("2026", "p");
        format!(
            "{columns}
             SELECT {id}, 1, {yes}, 'accepted', {at}, 'voluntary', installation_id, {record}, {batch}, group_id, agent_id, {at}, {at},
                 '{{\"person\":' || json || ',\"method\":\"monthly\",\"months\":null,\"from_month\":\"2026-12\",\"income\":1500000,\"support_group\":\"other\",' ||
                 '\"amount_collected\":264000,\"paid_on\":\"' || {day} || '\",\"receipt\":{{\"book\":\"BT21\",\"number\":\"' || p ||
                 '\"}},\"result_form\":\"electronic\",\"consent\":{{\"version\":\"1\",\"at\":\"' || {day} || 'T09:00:00+07:00\"}}}}',
                 '{{\"status\":\"accepted\",\"code\":null,\"enrollments\":[{{\"id\":\"' || {enrollment} || '\",\"person_id\":\"' || {person} || '\",\"bhxh_code\":\"' || code ||
                 '\",\"kind\":\"new\",\"duplicate_of\":null,\"card\":{{\"id\":\"' || {card} || '\",\"type\":\"book\",\"state\":\"issued\",\"number\":\"' || code ||
                 '\",\"long_number\":null,\"valid_from\":null,\"valid_to\":null}}}}]}}',
                 1, 264000, {date}, '', {date}
             FROM people JOIN teams USING (g);",
            columns = Self::record_columns(),
            id = self.id(&self.record(Self::OF_PERSON)),
            record = Self::OF_PERSON,
            yes = self.on("1", "true"),
            at = self.time(&day),
            batch = self.id(&self.ordered(6, "p / 20")),
            enrollment = self.enrollment(Self::OF_PERSON, 0),
            person = self.person("p"),
            card = self.card(Self::OF_PERSON, 0),
            date = self.date(&day),
        )
    }

    fn enrollment_columns() -> &'static str {
        "INSERT INTO enrollments (id, record_id, record_rev, member_index, scheme, kind, status, person_id, \
             household_id, group_id, agent_id, area_code, paid_on, counted_on, accepted_at, covers_from, \
             covers_to, months, gross, state_support, local_support, payable, supported_months, terms)"
    }

    pub(super) fn household_enrollments(&self) -> String {
        const TERMS: &str = "{\"group\":\"household\",\"relation\":\"child\",\"percent\":100,\"receipt\":{\"book\":\"BT21\",\"number\":\"0000003\"},\"lines\":[{\"item\":\"contribution\",\"base\":2530000,\"percents\":[\"4.5\",\"100\"],\"months\":12,\"amount\":1366200,\"rules\":[0,1]}],\"rules\":[\"base_salary@2026-07-01=2530000\",\"rates/health_contribution_percent@2025-08-15=4.5\",\"bhyt_household_discount/1@2025-08-15=100\",\"bhyt_months/household@2015-01-01=3,6,12\",\"bhyt_card_validity@2025-07-01=90\",\"bhyt_card_benefit/GD@2021-04-01=4\"]}";
        let of = |year: &str, number: &str, member: u8| {
            let record = Self::of_household(number);
            let day = self.day(year, "n");
            format!(
                "{columns}
                 SELECT {id}, {record_id}, 1, {member}, 'household', 'new', 'accepted', {person}, {household}, group_id, agent_id, people.area,
                     {date}, {date}, {at}, {from}, {to}, 12, 1366200, 0, 0, 1366200, 0, '{TERMS}'
                 FROM {units} AS units JOIN people ON p = 4 * n - 3 JOIN teams USING (g);",
                columns = Self::enrollment_columns(),
                id = self.id(&self.enrollment(&record, member)),
                record_id = self.id(&self.record(&record)),
                person = self.id(&self.person(&format!("4 * n - 3 + {member}"))),
                household = self.id(&self.household()),
                date = self.date(&day),
                at = self.time(&day),
                from = self.date(&format!("'{year}-02-01'")),
                to = self.date(&format!("'{year}-12-31'")),
                units = self.series("n", self.size.units),
            )
        };
        let years = HOUSEHOLD_YEARS.iter();
        years.flat_map(|(year, number)| (0..3).map(move |m| of(year, number, m))).collect()
    }

    pub(super) fn voluntary_enrollments(&self) -> String {
        const TERMS: &str = "{\"method\":\"monthly\",\"income\":1500000,\"from_month\":\"2026-12\",\"support_group\":\"other\",\"receipt\":{\"book\":\"BT21\",\"number\":\"0000001\"},\"lines\":[{\"item\":\"contribution\",\"base\":1500000,\"percents\":[\"22\"],\"months\":1,\"amount\":330000,\"rules\":[4]},{\"item\":\"state_support\",\"base\":1500000,\"percents\":[\"22\",\"20\"],\"months\":1,\"amount\":66000,\"rules\":[0,4,5]}],\"rules\":[\"poverty_line_rural@2026-01-01=1500000\",\"base_salary@2026-07-01=2530000\",\"rates/voluntary_income_max_factor@2025-07-01=20\",\"vsi_methods/monthly@2008-01-01=1\",\"rates/voluntary_contribution_percent@2025-07-01=22\",\"vsi_state_support/other@2025-07-01=20\"]}";
        let day = self.day("2026", "p");
        format!(
            "{columns}
             SELECT {id}, {record_id}, 1, 0, 'voluntary', 'new', 'accepted', {person}, NULL, group_id, agent_id, people.area,
                 {date}, {date}, {at}, {from}, {to}, 1, 330000, 66000, 0, 264000, 1, '{TERMS}'
             FROM people JOIN teams USING (g);",
            columns = Self::enrollment_columns(),
            id = self.id(&self.enrollment(Self::OF_PERSON, 0)),
            record_id = self.id(&self.record(Self::OF_PERSON)),
            person = self.id(&self.person("p")),
            date = self.date(&day),
            at = self.time(&day),
            from = self.date("'2026-12-01'"),
            to = self.date("'2026-12-31'"),
        )
    }

    pub(super) fn cards(&self) -> String {
        let columns = "INSERT INTO cards (id, enrollment_id, person_id, card_type, state, number, long_number, \
             long_prefix, valid_from, valid_to, facility_code, form, recorded_at)";
        let of = |year: &str, number: &str, member: u8| {
            let record = Self::of_household(number);
            format!(
                "{columns}
                 SELECT {id}, {enrollment}, {person}, 'card', 'issued', code, 'GD444' || code, 'GD444', {from}, {to}, '44001', 'electronic', {at}
                 FROM {units} AS units JOIN people ON p = 4 * n - 3 + {member};",
                id = self.id(&self.card(&record, member)),
                enrollment = self.id(&self.enrollment(&record, member)),
                person = self.id(&self.person("p")),
                from = self.date(&format!("'{year}-02-01'")),
                to = self.date(&format!("'{year}-12-31'")),
                at = self.time(&format!("'{year}-02-01'")),
                units = self.series("n", self.size.units),
            )
        };
        let years = HOUSEHOLD_YEARS.iter();
        let cards: String =
            years.flat_map(|(year, number)| (0..3).map(move |m| of(year, number, m))).collect();
        format!(
            "{cards} INSERT INTO cards (id, enrollment_id, person_id, card_type, state, number, form, recorded_at)
             SELECT {id}, {enrollment}, {person}, 'book', 'issued', code, 'electronic', {at} FROM people;",
            id = self.id(&self.card(Self::OF_PERSON, 0)),
            enrollment = self.id(&self.enrollment(Self::OF_PERSON, 0)),
            person = self.id(&self.person("p")),
            at = self.time("'2026-02-01'"),
        )
    }

    /// The 25 entries of a unit follow each other in the feed of its group.
    pub(super) fn feeds(&self) -> String {
        let mut place = 0;
        let mut put = |entity: &str, id: String| {
            place += 1;
            format!(
                "INSERT INTO changes (group_id, entity, entity_id, version, op)
                 SELECT group_id, '{entity}', {id}, (n - 1) / {groups} * 25 + {place}, 'put'
                 FROM {units} AS units JOIN teams ON g = (n - 1) % {groups};",
                id = self.id(&id),
                groups = self.size.groups,
                units = self.series("n", self.size.units),
            )
        };
        let mut all = put("household", self.household());
        for member in 0..4 {
            let p = format!("(4 * n - 3 + {member})");
            let record = format!("2 * {p} - 1");
            all += &put("person", self.person(&p));
            all += &put("enrollment", self.enrollment(&record, 0));
            all += &put("card", self.card(&record, 0));
        }
        for (_, number) in HOUSEHOLD_YEARS {
            for member in 0..3 {
                let record = Self::of_household(number);
                all += &put("enrollment", self.enrollment(&record, member));
                all += &put("card", self.card(&record, member));
            }
        }
        all + "UPDATE sync_scopes SET version = \
                   (SELECT coalesce(max(version), 0) FROM changes WHERE changes.group_id = sync_scopes.group_id);"
    }

    /// The days; what they come to is counted from them.
    pub(super) fn tallies(&self) -> String {
        let nil = self.given_id(dai_ly_thu::domain::Id::NIL);
        format!(
            "INSERT INTO tallies (grain, group_id, starts_on, agent_id, organisation_id, area_code, village_id, drive_id, scheme, \
                 accepted, renewals, duplicate, review, rejected, voided, amount_enrolled, amount_held, state_support)
             SELECT 'day', teams.group_id, counted_on, agent_id, {nil}, area_code, teams.village_id, {nil}, scheme,
                 count(*), 0, 0, 0, 0, 0, sum(payable), 0, sum(state_support)
             FROM enrollments JOIN teams USING (agent_id)
             GROUP BY teams.group_id, counted_on, agent_id, area_code, teams.village_id, scheme;"
        )
    }

    /// All periods are a month or run from a February to a December.
    pub(super) fn participation(&self) -> String {
        let years = (2025..=2026).map(|year| {
            let months = (1..=12).map(|month| {
                let first = self.date(&format!("'{year}-{month:02}-01'"));
                format!("COALESCE(sum(people) FILTER (WHERE {first} BETWEEN covers_from AND covers_to), 0)")
            });
            let [begins, ends] = ["01-01", "12-31"].map(|day| self.date(&format!("'{year}-{day}'")));
            format!(
                "INSERT INTO participation
                 SELECT group_id, {year}, area_code, scheme, {months}
                 FROM (SELECT group_id, area_code, scheme, covers_from, covers_to, count(*) AS people
                       FROM enrollments GROUP BY group_id, area_code, scheme, covers_from, covers_to) AS periods
                 WHERE covers_from <= {ends} AND covers_to >= {begins}
                 GROUP BY group_id, area_code, scheme;",
                months = months.collect::<Vec<_>>().join(", "),
            )
        });
        years.collect()
    }
}
