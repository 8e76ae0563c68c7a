//! All routes, to be read from top to bottom. Who may call one stands in its handler's signature,
//! from where this table takes it.

use std::collections::BTreeMap;

use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};

use super::guard::{Access, Guarded};
use super::problem::Problem;
use super::{
    areas, associations, audit, auth, baselines, clients, docs, dossiers, drives, enrollments,
    events, exports, forms, groups, health, imports, indicators, installations, months, oauth,
    offices, organisations, page, persons, privacy, quotes, reviews, rules, sessions, sync,
    tallies, targets, users, villages, vssid, worklists,
};
use crate::domain::Code;

/// A route.
pub struct Route {
    pub method: Method,
    /// As actix and `OpenAPI` write it: `/api/v1/groups/{id}`.
    pub path: &'static str,
    pub access: Access,
    route: actix_web::Route,
}

/// The table.
#[must_use]
#[rustfmt::skip]
pub fn table() -> Vec<Route> {
    vec![
        get ("/healthz",                            health::alive),
        get ("/readyz",                             health::ready),
        get ("/openapi.json",                       docs::specification),
        get ("/docs",                               docs::entrance),
        get ("/docs/{file:.*}",                     docs::file),
        get ("/.well-known/jwks.json",              auth::jwks),
        get ("/",                                   page::home),
        head("/",                                   page::home),
        get ("/assets/{file:.*}",                   page::file),
        head("/assets/{file:.*}",                   page::file),

        post("/api/v1/auth/login",                  auth::login),
        post("/api/v1/auth/refresh",                auth::refresh),
        post("/api/v1/auth/logout",                 auth::logout),
        post("/api/v1/auth/password",               auth::change_password),
        post("/api/v1/oauth/token",                 oauth::token),
        get ("/api/v1/me",                          auth::me),
        get ("/api/v1/sessions",                    sessions::list),
        delete("/api/v1/sessions",                  sessions::end_all),
        delete("/api/v1/sessions/{id}",             sessions::end),

        get ("/api/v1/offices",                     offices::list),
        post("/api/v1/offices",                     offices::create),
        get ("/api/v1/offices/{id}",                offices::read),
        patch("/api/v1/offices/{id}",               offices::update),
        get ("/api/v1/organisations",               organisations::list),
        post("/api/v1/organisations",               organisations::create),
        get ("/api/v1/organisations/{id}",          organisations::read),
        patch("/api/v1/organisations/{id}",         organisations::update),
        get ("/api/v1/groups",                      groups::list),
        get ("/api/v1/groups.csv",                  exports::groups_csv),
        get ("/api/v1/groups.xlsx",                 exports::groups_xlsx),
        post("/api/v1/groups",                      groups::create),
        get ("/api/v1/groups/{id}",                 groups::read),
        patch("/api/v1/groups/{id}",                groups::update),
        get ("/api/v1/users",                       users::list),
        get ("/api/v1/users.csv",                   exports::users_csv),
        get ("/api/v1/users.xlsx",                  exports::users_xlsx),
        post("/api/v1/users",                       users::create),
        get ("/api/v1/users/{id}",                  users::read),
        patch("/api/v1/users/{id}",                 users::change::update),
        post("/api/v1/users/{id}/reset-password",   users::reset_password),
        get ("/api/v1/installations",               installations::list),
        get ("/api/v1/installations.csv",           exports::installations_csv),
        get ("/api/v1/installations.xlsx",          exports::installations_xlsx),
        get ("/api/v1/installations/{id}",          installations::read),
        post("/api/v1/installations",               installations::register),
        post("/api/v1/installations/{id}/revoke",   installations::revoke),

        get ("/api/v1/clients",                     clients::list),
        post("/api/v1/clients",                     clients::create),
        get ("/api/v1/clients/{id}",                clients::read),
        patch("/api/v1/clients/{id}",               clients::update),
        post("/api/v1/clients/{id}/rotate-secret",  clients::rotate),

        get ("/api/v1/areas",                       areas::list),
        get ("/api/v1/villages",                    villages::list),
        get ("/api/v1/villages.csv",                exports::villages_csv),
        get ("/api/v1/villages.xlsx",               exports::villages_xlsx),
        post("/api/v1/villages",                    villages::create),
        get ("/api/v1/villages/{id}",               villages::read),
        get ("/api/v1/drives",                      drives::list),
        get ("/api/v1/drives.csv",                  exports::drives_csv),
        get ("/api/v1/drives.xlsx",                 exports::drives_xlsx),
        post("/api/v1/drives",                      drives::create),
        get ("/api/v1/drives/{id}",                 drives::read),
        patch("/api/v1/drives/{id}",                drives::update),
        get ("/api/v1/drives/{id}/report",          drives::report),
        get ("/api/v1/baselines",                   baselines::list),
        post("/api/v1/baselines",                   baselines::create),
        get ("/api/v1/indicators",                  indicators::read),
        get ("/api/v1/indicators.csv",              exports::indicators_csv),
        get ("/api/v1/indicators.xlsx",             exports::indicators_xlsx),
        get ("/api/v1/targets",                     targets::list),
        get ("/api/v1/targets.csv",                 exports::targets_csv),
        get ("/api/v1/targets.xlsx",                exports::targets_xlsx),
        post("/api/v1/targets",                     targets::create),
        get ("/api/v1/targets/{id}",                targets::read),
        patch("/api/v1/targets/{id}",               targets::update),
        delete("/api/v1/targets/{id}",              targets::delete),
        get ("/api/v1/targets/{id}/parts",          targets::parts),
        post("/api/v1/targets/{id}/parts",          targets::hand_down),
        get ("/api/v1/associations",                associations::list),
        post("/api/v1/associations",                associations::create),
        get ("/api/v1/associations/{id}",           associations::read),
        patch("/api/v1/associations/{id}",          associations::update),

        post("/api/v1/imports/{kind}",              imports::import),

        get ("/api/v1/worklists",                   worklists::list),
        post("/api/v1/worklists",                   worklists::create),
        get ("/api/v1/worklists/{id}",              worklists::read),
        post("/api/v1/worklists/{id}/assign",       worklists::assign),
        get ("/api/v1/worklists/{id}/items",        worklists::items),
        get ("/api/v1/worklists/{id}/items.csv",    exports::items_csv),
        get ("/api/v1/worklists/{id}/items.xlsx",   exports::items_xlsx),
        get ("/api/v1/worklists/{id}/items/{item_id}", worklists::item),
        patch("/api/v1/worklists/{id}/items/{item_id}", worklists::update),
        get ("/api/v1/vssid",                       vssid::read),

        post("/api/v1/quotes",                      quotes::create),
        get ("/api/v1/rules",                       rules::list),
        get ("/api/v1/rules/missing",               rules::missing),
        get ("/api/v1/rules/added",                 rules::added),
        post("/api/v1/rules/added/{id}/withdraw",   rules::withdraw),
        post("/api/v1/rules/{table}",               rules::add),

        put ("/api/v1/sync/batches/{batch_id}",     sync::push),
        get ("/api/v1/sync/changes",                sync::changes),
        get ("/api/v1/sync/records",                sync::records),
        get ("/api/v1/sync/config",                 sync::config),

        get ("/api/v1/tallies",                     tallies::read),
        get ("/api/v1/tallies.csv",                 exports::tallies_csv),
        get ("/api/v1/tallies.xlsx",                exports::tallies_xlsx),
        get ("/api/v1/forms/{form}.csv",            forms::csv),
        get ("/api/v1/forms/{form}.xlsx",           forms::xlsx),
        get ("/api/v1/events",                      events::listen),
        get ("/api/v1/enrollments",                 enrollments::list),
        get ("/api/v1/enrollments.csv",             exports::enrollments_csv),
        get ("/api/v1/enrollments.xlsx",            exports::enrollments_xlsx),
        get ("/api/v1/enrollments/{id}",            enrollments::read),
        get ("/api/v1/enrollments/{id}/refund",     enrollments::refund),
        get ("/api/v1/cards/{id}",                  enrollments::card),
        get ("/api/v1/reviews",                     reviews::list),
        get ("/api/v1/reviews.csv",                 exports::reviews_csv),
        get ("/api/v1/reviews.xlsx",                exports::reviews_xlsx),
        get ("/api/v1/reviews/{id}",                reviews::read),
        post("/api/v1/reviews/{id}/resolve",        reviews::resolve),
        post("/api/v1/records/{id}/void",           reviews::void),
        post("/api/v1/persons/lookup",              dossiers::lookup),
        post("/api/v1/persons/{id}/reveal",         dossiers::reveal),
        post("/api/v1/persons/{id}/dossier",        dossiers::dossier),
        patch("/api/v1/persons/{id}",               privacy::correct),
        post("/api/v1/persons/{id}/restrict",       privacy::restrict),
        post("/api/v1/persons/{id}/unrestrict",     privacy::unrestrict),
        post("/api/v1/persons/{id}/codes",          persons::give_code),
        post("/api/v1/persons/{id}/merge",          persons::merge),
        post("/api/v1/persons/{id}/unmerge",        persons::part),
        post("/api/v1/months/{month}/close",        months::close),

        get ("/api/v1/audit",                       audit::list),
    ]
}

fn get<Args: 'static, H: Guarded<Args>>(path: &'static str, handler: H) -> Route {
    route(Method::GET, path, handler)
}

/// As a GET whose body is not sent.
fn head<Args: 'static, H: Guarded<Args>>(path: &'static str, handler: H) -> Route {
    route(Method::HEAD, path, handler)
}

fn put<Args: 'static, H: Guarded<Args>>(path: &'static str, handler: H) -> Route {
    route(Method::PUT, path, handler)
}

fn post<Args: 'static, H: Guarded<Args>>(path: &'static str, handler: H) -> Route {
    route(Method::POST, path, handler)
}

fn patch<Args: 'static, H: Guarded<Args>>(path: &'static str, handler: H) -> Route {
    route(Method::PATCH, path, handler)
}

fn delete<Args: 'static, H: Guarded<Args>>(path: &'static str, handler: H) -> Route {
    route(Method::DELETE, path, handler)
}

fn route<Args: 'static, H: Guarded<Args>>(method: Method, path: &'static str, handler: H) -> Route {
    let route = web::method(method.clone()).to(move |req: HttpRequest, body: web::Payload| {
        handler.clone().serve(req, body.into_inner())
    });
    Route { method, path, access: H::ACCESS, route }
}

/// Puts the table into an application. Sorted by path, a fixed segment stands before `{id}`, so that
/// a word is never taken for an id; an unknown method is told which ones there are.
pub(super) fn configure(app: &mut web::ServiceConfig) {
    let mut by_path: BTreeMap<&'static str, Vec<Route>> = BTreeMap::new();
    for route in table() {
        by_path.entry(route.path).or_default().push(route);
    }
    for (path, routes) in by_path {
        let methods: Vec<_> = routes.iter().map(|route| route.method.as_str()).collect();
        let allowed = methods.join(", ");
        let resource = web::resource(path).default_service(web::to(move || {
            let mut answer = HttpResponse::from_error(Problem::from(Code::MethodNotAllowed));
            if let Ok(allowed) = HeaderValue::from_str(&allowed) {
                answer.headers_mut().insert(ALLOW, allowed);
            }
            std::future::ready(answer)
        }));
        app.service(routes.into_iter().fold(resource, |resource, r| resource.route(r.route)));
    }
    app.default_service(web::to(async || HttpResponse::from_error(Problem::from(Code::NotFound))));
}
