use chrono::NaiveDate;

use super::names::{Names, area, id};
use super::{DriveQuery, Everything, InstallationQuery, Table, VillageQuery, WantedTargets};
use crate::auth::Principal;
use crate::clock;
use crate::http::Problem;
use crate::http::texts::{self, Lang};
use crate::sheets::{Cell, Heading, Kind, Title};
use crate::store::{
    Conn, Page, Reach, Result, Window, drives, groups, installations, phones, places, targets,
    users,
};
use crate::sync::gaps;
use crate::sync::targets::shown;
use crate::sync::wire::TargetEntity;

type Read<T> = std::result::Result<T, Problem>;

fn word(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// Who is to reach what.
pub(super) struct Targets(targets::Wanted);

impl Table for Targets {
    const TITLE: Title = Title::Targets;
    const COLUMNS: &'static [(Heading, Kind)] = &[
        (Heading::HolderKind, Kind::Text),
        (Heading::Holder, Kind::Text),
        (Heading::Measure, Kind::Text),
        (Heading::Scheme, Kind::Text),
        (Heading::From, Kind::Text),
        (Heading::To, Kind::Text),
        // The whole and its parts together are no sum.
        (Heading::People, Kind::Number),
        (Heading::Group, Kind::Text),
        (Heading::Office, Kind::Text),
        (Heading::PartOf, Kind::Text),
        (Heading::CreatedAt, Kind::Text),
        (Heading::Id, Kind::Text),
    ];
    type Query = WantedTargets;

    fn read(query: WantedTargets, _: &Principal) -> Read<Self> {
        query.read().map(Self)
    }

    fn part(
        &self,
        conn: &mut Conn,
        reach: &Reach,
        lang: Lang,
        window: Window,
    ) -> Result<Page<Vec<Cell>>> {
        let Page { items, next } = targets::list(conn, reach, &self.0, window)?;
        let page = Page { items: shown(conn, items)?, next };
        let names = Names::default()
            .groups(conn, page.items.iter().filter_map(|it| it.group_id))?
            .offices(conn, page.items.iter().filter_map(|it| it.office_id))?;
        Ok(page.map(|it: TargetEntity| {
            vec![
                word(texts::word(lang, it.holder.kind)),
                Cell::Text(it.holder.name),
                word(texts::word(lang, it.measure)),
                Cell::text(it.scheme.map(|scheme| texts::word(lang, scheme))),
                Cell::Day(it.from),
                Cell::Day(it.to),
                Cell::Number(it.people),
                names.cell(it.group_id),
                names.cell(it.office_id),
                id(it.part_of),
                Cell::Time(it.created_at),
                id(it.id),
            ]
        }))
    }
}

/// Who goes where, and when.
pub(super) struct Drives(drives::Wanted);

impl Table for Drives {
    const TITLE: Title = Title::Drives;
    const COLUMNS: &'static [(Heading, Kind)] = &[
        (Heading::On, Kind::Text),
        (Heading::Village, Kind::Text),
        (Heading::Group, Kind::Text),
        (Heading::Leader, Kind::Text),
        (Heading::People, Kind::Count),
        (Heading::Going, Kind::Text),
        (Heading::Note, Kind::Text),
        (Heading::CreatedAt, Kind::Text),
        (Heading::Id, Kind::Text),
    ];
    type Query = DriveQuery;

    fn read(query: DriveQuery, _: &Principal) -> Read<Self> {
        query.read().map(Self)
    }

    fn part(
        &self,
        conn: &mut Conn,
        reach: &Reach,
        _: Lang,
        window: Window,
    ) -> Result<Page<Vec<Cell>>> {
        let page = drives::list(conn, reach, self.0, window)?;
        let people = page.items.iter().flat_map(|it| it.people.iter().copied().chain(it.leader_id));
        let names = Names::default()
            .users(conn, people)?
            .groups(conn, page.items.iter().map(|it| it.group_id))?
            .villages(conn, page.items.iter().map(|it| it.village_id))?;
        Ok(page.map(|it| {
            let mut going: Vec<String> = it.people.iter().map(|id| names.of(*id)).collect();
            going.sort_unstable();
            vec![
                Cell::Day(it.held_on),
                names.cell(it.village_id),
                names.cell(it.group_id),
                names.cell(it.leader_id),
                Cell::number(i64::try_from(going.len()).ok()),
                Cell::Text(going.join(", ")),
                Cell::text(it.note),
                Cell::Time(it.created_at.and_utc()),
                id(it.id),
            ]
        }))
    }
}

/// Who works here.
pub(super) struct Users;

impl Table for Users {
    const TITLE: Title = Title::Users;
    const COLUMNS: &'static [(Heading, Kind)] = &[
        (Heading::Name, Kind::Text),
        (Heading::Login, Kind::Text),
        (Heading::Role, Kind::Text),
        (Heading::Group, Kind::Text),
        (Heading::Office, Kind::Text),
        (Heading::Organisation, Kind::Text),
        (Heading::Certificate, Kind::Text),
        (Heading::CertificateUntil, Kind::Text),
        (Heading::MustChangePassword, Kind::Text),
        (Heading::Disabled, Kind::Text),
        (Heading::CreatedAt, Kind::Text),
        (Heading::Id, Kind::Text),
    ];
    type Query = Everything;

    fn read(_: Everything, _: &Principal) -> Read<Self> {
        Ok(Self)
    }

    fn part(
        &self,
        conn: &mut Conn,
        reach: &Reach,
        lang: Lang,
        window: Window,
    ) -> Result<Page<Vec<Cell>>> {
        let page = users::list(conn, reach, window)?;
        let names = Names::default()
            .groups(conn, page.items.iter().filter_map(|it| it.group_id))?
            .offices(conn, page.items.iter().filter_map(|it| it.office_id))?
            .organisations(conn, page.items.iter().filter_map(|it| it.organisation_id))?;
        Ok(page.map(|it| {
            vec![
                Cell::Text(it.name),
                Cell::Text(it.login),
                word(texts::word(lang, it.role)),
                names.cell(it.group_id),
                names.cell(it.office_id),
                names.cell(it.organisation_id),
                Cell::text(it.certificate_number),
                Cell::day(it.certificate_expires_on),
                Cell::mark(it.must_change_password),
                Cell::mark(it.disabled_at.is_some()),
                Cell::Time(it.created_at.and_utc()),
                id(it.id),
            ]
        }))
    }
}

/// Who goes out together.
pub(super) struct Groups;

impl Table for Groups {
    const TITLE: Title = Title::Groups;
    const COLUMNS: &'static [(Heading, Kind)] = &[
        (Heading::Name, Kind::Text),
        (Heading::Office, Kind::Text),
        (Heading::AreaCode, Kind::Text),
        (Heading::Areas, Kind::Text),
        (Heading::CreatedAt, Kind::Text),
        (Heading::Id, Kind::Text),
    ];
    type Query = Everything;

    fn read(_: Everything, _: &Principal) -> Read<Self> {
        Ok(Self)
    }

    fn part(
        &self,
        conn: &mut Conn,
        reach: &Reach,
        _: Lang,
        window: Window,
    ) -> Result<Page<Vec<Cell>>> {
        let page = groups::list(conn, reach, window)?;
        let offices = page.items.iter().filter_map(|it| it.office_id);
        let names = Names::default().offices(conn, offices)?;
        Ok(page.map(|it| {
            let areas = it.area_codes.iter().map(|code| area(code, NaiveDate::MAX));
            let areas: Vec<String> = areas.collect();
            vec![
                Cell::Text(it.name),
                names.cell(it.office_id),
                Cell::Text(it.area_codes.join(", ")),
                Cell::Text(areas.join(", ")),
                Cell::Time(it.created_at.and_utc()),
                id(it.id),
            ]
        }))
    }
}

/// Villages, of one commune or of all.
pub(super) struct Villages(Option<String>);

impl Table for Villages {
    const TITLE: Title = Title::Villages;
    const COLUMNS: &'static [(Heading, Kind)] = &[
        (Heading::Name, Kind::Text),
        (Heading::AreaCode, Kind::Text),
        (Heading::Area, Kind::Text),
        (Heading::CreatedAt, Kind::Text),
        (Heading::Id, Kind::Text),
    ];
    type Query = VillageQuery;

    fn read(query: VillageQuery, _: &Principal) -> Read<Self> {
        query.read().map(Self)
    }

    fn part(&self, conn: &mut Conn, _: &Reach, _: Lang, window: Window) -> Result<Page<Vec<Cell>>> {
        let page = places::villages(conn, self.0.as_deref(), window)?;
        Ok(page.map(|it| {
            vec![
                Cell::Text(it.name),
                word(&it.area_code),
                Cell::Text(area(&it.area_code, NaiveDate::MAX)),
                Cell::Time(it.created_at.and_utc()),
                id(it.id),
            ]
        }))
    }
}

/// Which apps there are, and what they last told.
pub(super) struct Installations(installations::Wanted);

impl Table for Installations {
    const TITLE: Title = Title::Installations;
    const COLUMNS: &'static [(Heading, Kind)] = &[
        (Heading::Label, Kind::Text),
        (Heading::Agent, Kind::Text),
        (Heading::AppVersion, Kind::Text),
        (Heading::LastSeenAt, Kind::Text),
        (Heading::Pending, Kind::Count),
        (Heading::OldestPendingAt, Kind::Text),
        (Heading::ContiguousSeq, Kind::Number),
        (Heading::MissingSeq, Kind::Text),
        (Heading::Revoked, Kind::Text),
        (Heading::RevokedAt, Kind::Text),
        (Heading::CreatedAt, Kind::Text),
        (Heading::Id, Kind::Text),
    ];
    type Query = InstallationQuery;

    fn read(query: InstallationQuery, _: &Principal) -> Read<Self> {
        query.read(clock::now()).map(Self)
    }

    fn part(
        &self,
        conn: &mut Conn,
        reach: &Reach,
        lang: Lang,
        window: Window,
    ) -> Result<Page<Vec<Cell>>> {
        let page = installations::list(conn, reach, self.0, window)?;
        let names = Names::default().users(conn, page.items.iter().map(|it| it.user_id))?;
        let mut rows = Vec::with_capacity(page.items.len());
        for it in page.items {
            let seen = phones::seen_beyond(conn, it.id, it.contiguous_seq)?;
            let missing = gaps::find(it.contiguous_seq, &seen).missing;
            let missing: Vec<String> =
                missing.iter().map(|(first, last)| format!("{first}–{last}")).collect();
            rows.push(vec![
                Cell::Text(it.label),
                names.cell(it.user_id),
                Cell::text(it.app_version),
                Cell::Time(it.last_seen_at.and_utc()),
                Cell::Number(it.pending_total),
                Cell::time(it.oldest_pending_at.map(|at| at.and_utc())),
                Cell::Number(it.contiguous_seq),
                Cell::Text(missing.join(", ")),
                Cell::text(it.revoked_mode.map(|mode| texts::word(lang, mode))),
                Cell::time(it.revoked_at.map(|at| at.and_utc())),
                Cell::Time(it.created_at.and_utc()),
                id(it.id),
            ]);
        }
        Ok(Page { items: rows, next: page.next })
    }
}
