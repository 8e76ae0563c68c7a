//! What supervisors do meanwhile: decide on reviews, take back, merge, part, give codes, close months, move
//! agents, and take phones out of use.

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Id, Month, RecordKind, vn_day};

use crate::model::{Closed, Record};
use crate::phone::Revoked;
use crate::player::Player;

/// What of a tally a closed month keeps.
pub const COUNTED: [&str; 11] = [
    "key",
    "scheme",
    "accepted",
    "new",
    "renewal",
    "duplicate",
    "review",
    "rejected",
    "voided",
    "amount_enrolled",
    "amount_held",
];

impl Player {
    /// Asks as the supervisor; the answer, if its status is one of those that may be.
    pub fn desk_asks(
        &mut self,
        (method, path): (&str, &str),
        body: &Value,
        may_be: &[(u16, &str)],
    ) -> Result<(u16, Value), String> {
        let (status, answer) = self.desk.ask(method, path, Some(body));
        let code = answer["code"].as_str().unwrap_or_default().to_owned();
        self.note(format!("the desk: {method} {path} {body}: {status} {code}"));
        let what = path.rsplit('/').next().unwrap_or_default();
        let what = if method == "PATCH" { "move" } else { what };
        let told = body["decision"].as_str().unwrap_or_default();
        *self.model.heard.entry(format!("{what} {told} {status} {code}")).or_default() += 1;
        let known = status == 200 || may_be.contains(&(status, &code));
        if known {
            Ok((status, answer))
        } else {
            Err(format!("{method} {path}: {status} {answer}"))
        }
    }

    pub fn desk_takes_back(&mut self) -> Result<(), String> {
        let come = |it: &Record| it.kind != RecordKind::Void && it.newest().heard.is_some();
        let Some(target) = self.some_record(come) else { return Ok(()) };
        self.record(target).void_tried = true;
        let path = format!("/api/v1/records/{target}/void");
        let may_be = [(404, "not_found"), (409, "already_void")];
        let (status, _) =
            self.desk_asks(("POST", &path), &json!({ "reason": "ghi nhầm" }), &may_be)?;
        self.record(target).voided |= status != 404;
        Ok(())
    }

    pub fn resolve(&mut self) -> Result<(), String> {
        let (status, listed) = self.desk.ask("GET", "/api/v1/reviews?state=open&limit=200", None);
        if status != 200 {
            return Err(format!("reviews: {status} {listed}"));
        }
        let open = listed["items"].as_array().cloned().unwrap_or_default();
        let Some(review) = self.dice.pick(&open).cloned() else { return Ok(()) };
        let record_id: Id = review["record_id"].as_str().expect("an id").parse().expect("an id");
        let Some(record) = self.model.records.get_mut(&record_id) else {
            return Err(format!("a review of a record of others: {review}"));
        };
        record.desk_tried = true;
        let slips = record.revs.iter().filter_map(|it| it.slip.as_ref());
        let named: Vec<u32> = slips.flat_map(|it| &it.persons).map(|it| it.number).collect();
        let decision = self.dice.weigh(&[(45, "accept"), (25, "reject"), (30, "merge")]);
        if decision == "merge" {
            self.model.touched.extend(named);
        }
        let path = format!("/api/v1/reviews/{}/resolve", review["id"].as_str().expect("an id"));
        let may_be = [
            (404, "not_found"),
            (409, "conflict"),
            (409, "already_void"),
            (422, "overlap"),
            (422, "member_covered"),
            (422, "identity_conflict"),
            (422, "possible_duplicate"),
            (422, "paid_on_implausible"),
        ];
        self.desk_asks(("POST", &path), &json!({ "decision": decision }), &may_be)?;
        Ok(())
    }

    /// Persons of this sequence alone who were enrolled, with their numbers.
    pub fn enrolled(&self) -> Vec<(u32, Id)> {
        let mut found = Vec::new();
        for record in self.model.records.values() {
            for rev in &record.revs {
                let (Some(slip), Some(heard)) = (&rev.slip, &rev.heard) else { continue };
                let told = heard["enrollments"].as_array().into_iter().flatten();
                for (person, told) in slip.persons.iter().zip(told) {
                    let id = told["person_id"].as_str().and_then(|id| id.parse().ok());
                    found.extend(
                        id.filter(|_| self.is_own(person.number)).map(|id| (person.number, id)),
                    );
                }
            }
        }
        found
    }

    pub fn merge(&mut self) -> Result<(), String> {
        let enrolled = self.enrolled();
        let pair = (self.dice.pick(&enrolled).copied(), self.dice.pick(&enrolled).copied());
        let (Some((one, from)), Some((other, into))) = pair else { return Ok(()) };
        if from == into {
            return Ok(());
        }
        self.model.touched.extend([one, other]);
        let path = format!("/api/v1/persons/{from}/merge");
        let may_be = [(422, "overlap"), (409, "conflict")];
        let asked = json!({ "into": into });
        let (status, _) = self.desk_asks(("POST", &path), &asked, &may_be)?;
        if status == 200 {
            self.model.merged.push(from);
        }
        Ok(())
    }

    pub fn part(&mut self) -> Result<(), String> {
        let merged = self.model.merged.clone();
        let Some(id) = self.dice.pick(&merged) else { return Ok(()) };
        let path = format!("/api/v1/persons/{id}/unmerge");
        self.desk_asks(("POST", &path), &json!({}), &[(409, "conflict")])?;
        Ok(())
    }

    /// Gives somebody the code that is his, or that of somebody else.
    pub fn give_code(&mut self) -> Result<(), String> {
        let enrolled = self.enrolled();
        let Some((number, id)) = self.dice.pick(&enrolled).copied() else { return Ok(()) };
        let wrong = self.dice.chance(30);
        let own: Vec<_> =
            self.families.iter().flatten().filter(|it| self.is_own(it.number)).collect();
        let whose = if wrong { self.dice.pick(&own).copied() } else { None };
        let whose = whose.or(own.iter().find(|it| it.number == number).copied()).copied();
        let Some(whose) = whose else { return Ok(()) };
        self.model.touched.extend([number, whose.number]);
        let path = format!("/api/v1/persons/{id}/codes");
        let asked = json!({ "kind": "bhxh", "code": whose.code() });
        self.desk_asks(("POST", &path), &asked, &[])?;
        Ok(())
    }

    /// Closes the last month that is over, and writes down what it counts.
    pub fn close(&mut self) -> Result<(), String> {
        let month = Month::of(vn_day(clock::now())).plus(-1);
        let group_id = *self.dice.pick(&self.troupe.groups).expect("two groups");
        let path = format!("/api/v1/months/{month}/close");
        self.desk_asks(("POST", &path), &json!({ "group_id": group_id }), &[])?;
        let (from, to) = (month.first_day(), month.last_day());
        let path = format!("/api/v1/tallies?from={from}&to={to}&by=agent&group_id={group_id}");
        let (status, body) = self.desk.ask("GET", &path, None);
        if status != 200 {
            return Err(format!("{path}: {status} {body}"));
        }
        self.model.closed.push(Closed { path, rows: counted(&body) });
        Ok(())
    }

    /// An agent goes over to the other group.
    pub fn move_agent(&mut self) -> Result<(), String> {
        let movable = |phone: &crate::phone::Phone| phone.is_in_use() && phone.remembers();
        let phones = self.phones.iter().filter(|it| movable(it)).map(|it| it.owner);
        let owners: Vec<usize> = phones.filter(|it| !self.troupe.agents[*it].leads).collect();
        let Some(owner) = self.dice.pick(&owners).copied() else { return Ok(()) };
        let to = 1 - self.troupe.agents[owner].group;
        let path = format!("/api/v1/users/{}", self.troupe.agents[owner].user_id);
        let asked = json!({ "group_id": self.troupe.groups[to] });
        self.desk_asks(("PATCH", &path), &asked, &[])?;
        self.troupe.agents[owner].group = to;
        Ok(())
    }

    /// A phone is taken out of use: its agent left, or it was stolen.
    pub fn revoke(&mut self, phone: usize) -> Result<(), String> {
        if !self.phones[phone].is_in_use() || self.phones[phone].revoked.is_some() {
            return Ok(());
        }
        let stolen = self.dice.chance(30);
        let path = format!("/api/v1/installations/{}/revoke", self.phones[phone].installation_id);
        let asked = json!({ "mode": if stolen { "block" } else { "deliver" } });
        let (status, _) = self.desk_asks(("POST", &path), &asked, &[(404, "not_found")])?;
        if status == 404 {
            return Ok(());
        }
        if stolen {
            self.phones[phone].blocked = true;
            return Ok(());
        }
        for record in self.model.records.values_mut().filter(|it| it.phone == phone) {
            record.doubtful |= record.revs.iter().any(|it| it.heard.is_none());
        }
        let app = self.phones[phone].app();
        let last = app.last_seq().map_err(|error| error.to_string())?;
        let pending = app.pending().map_err(|error| error.to_string())?;
        let surely_after = last + i64::try_from(pending).expect("few");
        self.phones[phone].revoked = Some(Revoked { surely_after });
        Ok(())
    }
}

/// The rows of a table of tallies, without what may differ in a closed month.
pub fn counted(table: &Value) -> Value {
    let mut rows: Vec<Value> = Vec::new();
    for row in table["rows"].as_array().into_iter().flatten() {
        let kept = COUNTED.iter().map(|name| ((*name).to_owned(), row[*name].clone()));
        let kept: serde_json::Map<String, Value> = kept.collect();
        let empty = kept.iter().all(|(name, it)| ["key", "scheme"].contains(&&**name) || *it == 0);
        if !empty {
            rows.push(kept.into());
        }
    }
    rows.sort_by_key(|row| (row["key"].to_string(), row["scheme"].to_string()));
    rows.into()
}
