//! Every JSON answer that a test sees is held against the specification checked in.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

static SPECIFICATION: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../api-spec/openapi.json")).expect("a specification")
});

type Known = HashMap<(String, String, u16), &'static Validator>;
static VALIDATORS: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

/// Panics when an answer is not what the specification says of its address and status.
pub fn check(method: &str, path: &str, status: u16, body: &Value) {
    let template = template(path);
    let Some(template) = template else {
        assert!(matches!(status, 404 | 405), "{method} {path} is not in the specification");
        return;
    };
    let validator = validator(method, &template, status);
    let errors: Vec<String> = validator
        .iter_errors(body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{method} {path} {status}: {errors:#?}\n{body:#}");
}

/// The path of the specification that an address belongs to: fixed segments win.
fn template(path: &str) -> Option<String> {
    let path = path.split('?').next().unwrap_or_default();
    let fits = |template: &str| {
        let (mut a, mut b) = (path.split('/'), template.split('/'));
        loop {
            match (a.next(), b.next()) {
                (None, None) => return true,
                (Some(x), Some(y)) if x == y || y.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    let paths = SPECIFICATION["paths"].as_object().expect("paths");
    let mut fitting: Vec<&String> = paths.keys().filter(|template| fits(template)).collect();
    fitting.sort_by_key(|template| template.matches('{').count());
    fitting.first().map(|template| (*template).clone())
}

fn validator(method: &str, template: &str, status: u16) -> &'static Validator {
    let key = (method.to_owned(), template.to_owned(), status);
    // A test that failed here must not take the others with it.
    let mut known = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(key).or_insert_with(|| {
        let operation = &SPECIFICATION["paths"][template][method.to_lowercase()];
        let mut schema = if operation.is_null() {
            assert_eq!(status, 405, "{method} {template} is not in the specification");
            json!({ "$ref": "#/components/schemas/Problem" })
        } else {
            schema_of(&operation["responses"], status)
                .unwrap_or_else(|| panic!("{method} {template} says nothing of {status}"))
        };
        schema["components"] = SPECIFICATION["components"].clone();
        Box::leak(Box::new(jsonschema::validator_for(&schema).expect("a schema")))
    })
}

fn schema_of(responses: &Value, status: u16) -> Option<Value> {
    let response = responses.get(status.to_string()).or_else(|| responses.get("default"))?;
    let response = match response["$ref"].as_str() {
        Some(reference) => SPECIFICATION.pointer(reference.trim_start_matches('#'))?,
        None => response,
    };
    Some(response["content"].as_object()?.values().next()?["schema"].clone())
}
