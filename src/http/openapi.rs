//! The specification, built from the handlers and the table of routes, so that it cannot drift.

use std::collections::HashMap;

use actix_web::http::{Method, StatusCode};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, Ref, RefOr, ResponseBuilder, SecurityRequirement,
};
use utoipa::{Modify, OpenApi};

use super::guard::Access;
use super::problem::{self, ProblemBody};
use super::routes;
use super::{
    areas, associations, audit, auth, baselines, clients, docs, dossiers, drives, enrollments,
    events, exports, forms, groups, health, imports, indicators, installations, months, oauth,
    offices, organisations, persons, privacy, quotes, reviews, rules, sessions, sync, tallies,
    targets, users, villages, vssid, worklists,
};
use crate::sync::wire;

const BEARER: &str = "bearer";
const PROBLEM: &str = "Problem";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "dai-ly-thu",
        description = "Thu BHXH tự nguyện và BHYT hộ gia đình: offline enrollments of collection agents"
    ),
    paths(
        health::alive, health::ready, docs::specification,
        auth::jwks, auth::login, auth::refresh, auth::logout, auth::me,
        offices::list, offices::create, offices::read, offices::update,
        organisations::list, organisations::create, organisations::read, organisations::update,
        groups::list, groups::create, groups::read, groups::update,
        users::list, users::create, users::read, users::change::update, users::reset_password,
        installations::list, installations::read, installations::register, installations::revoke,
        clients::list, clients::create, clients::read, clients::update, clients::rotate, oauth::token,
        areas::list,
        villages::list, villages::create, villages::read,
        drives::list, drives::create, drives::read, drives::update, drives::report,
        targets::list, targets::create, targets::read, targets::update, targets::delete, targets::parts, targets::hand_down,
        associations::list, associations::create, associations::read, associations::update,
        baselines::list, baselines::create, indicators::read,
        imports::import,
        worklists::list, worklists::create, worklists::read, worklists::assign, worklists::items, worklists::item, worklists::update,
        vssid::read,
        quotes::create, rules::list, rules::missing, rules::added, rules::add, rules::withdraw,
        sync::push, sync::changes, sync::records, sync::config,
        tallies::read, exports::tallies_csv, exports::tallies_xlsx,
        exports::indicators_csv, exports::indicators_xlsx, exports::enrollments_csv, exports::enrollments_xlsx, exports::reviews_csv, exports::reviews_xlsx,
        exports::targets_csv, exports::targets_xlsx, exports::drives_csv, exports::drives_xlsx, exports::users_csv, exports::users_xlsx, exports::groups_csv, exports::groups_xlsx,
        exports::villages_csv, exports::villages_xlsx, exports::installations_csv, exports::installations_xlsx, exports::items_csv, exports::items_xlsx,
        forms::csv, forms::xlsx, events::listen,
        enrollments::list, enrollments::read, enrollments::refund, enrollments::card,
        reviews::list, reviews::read, reviews::resolve, reviews::void,
        dossiers::lookup, dossiers::reveal, dossiers::dossier,
        persons::give_code, persons::merge, persons::part, privacy::correct, privacy::restrict, privacy::unrestrict, months::close, audit::list, auth::change_password, sessions::list, sessions::end, sessions::end_all,
    ),
    components(schemas(
        ProblemBody, wire::RecordRequest, crate::domain::PhoneState, crate::sheets::forms::Form, indicators::IndicatorBy, tallies::TallyBy, vssid::VssidBy
    )),
    modifiers(&Everywhere)
)]
struct Specification;

/// The specification.
#[must_use]
pub fn specification() -> utoipa::openapi::OpenApi {
    Specification::openapi()
}

/// The specification as JSON for people to read.
#[must_use]
pub fn json() -> String {
    // A tree of strings and numbers always has a text.
    specification().to_pretty_json().unwrap_or_default()
}

/// What holds for all routes: the token, the shape of a failure, names that are unique.
struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let components = api.components.get_or_insert_with(Components::new);
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        components.add_security_scheme(BEARER, SecurityScheme::Http(token));
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build();
        let failure = ResponseBuilder::new()
            .description("Anything that went wrong (RFC 9457)")
            .content(problem::CONTENT, content)
            .build();
        components.responses.insert(PROBLEM.to_owned(), failure.into());
        let access: HashMap<_, _> =
            routes::table().into_iter().map(|r| ((r.method, r.path), r.access)).collect();
        for (path, item) in &mut api.paths.paths {
            let operations = [
                (Method::GET, &mut item.get),
                (Method::POST, &mut item.post),
                (Method::PUT, &mut item.put),
                (Method::PATCH, &mut item.patch),
                (Method::DELETE, &mut item.delete),
            ];
            for (method, operation) in operations {
                let Some(operation) = operation else { continue };
                let access = access.get(&(method, path.as_str())).copied();
                complete(operation, access.unwrap_or(Access::Public));
            }
        }
    }
}

fn complete(operation: &mut Operation, access: Access) {
    for (status, answer) in &mut operation.responses.responses {
        if let RefOr::T(answer) = answer {
            let status = status.parse().ok().and_then(|status| StatusCode::from_u16(status).ok());
            let words = status.and_then(|status| status.canonical_reason());
            answer.description = words.unwrap_or_default().to_owned();
        }
    }
    let failure = Ref::from_response_name(PROBLEM);
    operation.responses.responses.insert("default".to_owned(), failure.into());
    if let Access::Needs(action) = access {
        operation.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>(BEARER, [])]);
        let needs = format!("Needs the right `{action}`.");
        let text = operation.description.take().map(|text| format!("{text}\n\n{needs}"));
        operation.description = Some(text.unwrap_or(needs));
    }
    let tag = operation.tags.as_ref().and_then(|tags| tags.first());
    let name = operation.operation_id.as_deref();
    operation.operation_id = tag.zip(name).map(|(tag, name)| format!("{tag}_{name}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Pages for people, which are no part of the contract.
    const PAGES: [&str; 4] = ["/", "/assets/{file:.*}", "/docs", "/docs/{file:.*}"];

    #[test]
    fn every_route_is_specified_and_nothing_else() {
        let routes: BTreeSet<_> = routes::table()
            .into_iter()
            .filter(|route| !PAGES.contains(&route.path))
            .map(|route| (route.path.to_owned(), route.method.to_string()))
            .collect();
        let mut specified = BTreeSet::new();
        let mut names = BTreeSet::new();
        for (path, item) in specification().paths.paths {
            for (method, operation) in [
                ("GET", item.get),
                ("POST", item.post),
                ("PUT", item.put),
                ("PATCH", item.patch),
                ("DELETE", item.delete),
            ] {
                if let Some(operation) = operation {
                    specified.insert((path.clone(), method.to_owned()));
                    assert!(names.insert(operation.operation_id.unwrap()), "{path}");
                }
            }
        }
        assert_eq!(routes, specified);
    }

    #[test]
    fn every_shape_that_is_named_is_there() {
        let text = serde_json::to_value(specification()).unwrap();
        let shapes = text["components"]["schemas"].as_object().unwrap();
        let whole = text.to_string();
        let named = whole.split("#/components/schemas/").skip(1);
        let named: BTreeSet<&str> = named.filter_map(|rest| rest.split('"').next()).collect();
        assert!(named.len() > 50);
        let missing: Vec<&&str> =
            named.iter().filter(|name| !shapes.contains_key(**name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
