//! Cases that go to the phones with the law: questions as they are put to `POST /api/v1/quotes`, and what
//! this server answers. An app that computes without a network proves itself equal by them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Law, answer, request};

/// The days before and after each change, and the corners of each formula.
const CORNERS: &str = include_str!("../../../data/rules/cases.json");
/// Examples printed in the law and the press.
const PRINTED: &str = include_str!("../../../data/rules/vectors.json");

/// One question with its answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Case {
    id: String,
    /// What it shows, or where it is printed.
    what: String,
    /// The body of `POST /api/v1/quotes`.
    #[schema(value_type = Object)]
    request: Value,
    /// What is answered, without `lines` and `rules`; `{"code": …}` where the law refuses.
    #[schema(value_type = Object)]
    expect: Value,
}

/// A question without an answer.
#[derive(Debug, Deserialize)]
struct Question {
    id: String,
    #[serde(alias = "source", default)]
    what: String,
    #[serde(default)]
    request: Value,
}

/// All cases, answered by this law.
///
/// # Errors
/// Only when the embedded files are damaged; a test reads them.
pub fn all(law: Law<'_>) -> Result<Vec<Case>, serde_json::Error> {
    let mut cases = Vec::new();
    for json in [PRINTED, CORNERS] {
        for question in serde_json::from_str::<Vec<Question>>(json)? {
            // Examples of functions below a quote have no request.
            if question.request.is_object() {
                cases.push(case(law, question)?);
            }
        }
    }
    Ok(cases)
}

fn case(law: Law<'_>, question: Question) -> Result<Case, serde_json::Error> {
    let Question { id, what, request } = question;
    let answered = request::read(&request.to_string()).and_then(|question| answer(law, &question));
    let expect = match answered {
        Ok(answer) => amounts_only(serde_json::to_value(answer)?),
        Err(problem) => json!({ "code": problem.code() }),
    };
    Ok(Case { id, what, request, expect })
}

/// Drops the explanations: an app proves its amounts and days.
fn amounts_only(mut answer: Value) -> Value {
    const EXPLANATIONS: [&str; 2] = ["lines", "rules"];
    if let Some(fields) = answer.as_object_mut() {
        fields.retain(|name, _| !EXPLANATIONS.contains(&name.as_str()));
    }
    let members = answer.get_mut("members").and_then(Value::as_array_mut);
    for member in members.into_iter().flatten() {
        *member = amounts_only(member.take());
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Areas;
    use crate::policy::Rules;

    #[test]
    fn every_case_is_answered_and_none_is_misread() {
        let cases = all((Rules::embedded(), Areas::embedded())).unwrap();
        assert!(cases.len() > 90, "{}", cases.len());
        let mut ids: Vec<_> = cases.iter().map(|case| case.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), cases.len());
        for case in &cases {
            assert!(!case.what.is_empty(), "{}", case.id);
            let code = case.expect["code"].as_str();
            assert!(!matches!(code, Some("invalid" | "malformed")), "{}: {code:?}", case.id);
        }
    }

    #[test]
    fn printed_examples_come_out_as_printed() {
        let printed: Vec<Value> = serde_json::from_str(PRINTED).unwrap();
        let cases = all((Rules::embedded(), Areas::embedded())).unwrap();
        for example in printed.iter().filter(|example| example["request"].is_object()) {
            let case = cases.iter().find(|case| case.id == example["id"]).unwrap();
            for (field, value) in example["expect"].as_object().unwrap() {
                let of_members = || {
                    case.expect["members"]
                        .as_array()
                        .map(|all| all.iter().map(|m| m[field].clone()))
                };
                match (field.as_str(), value) {
                    ("ok", _) => assert!(case.expect["code"].is_null(), "{}", case.id),
                    (_, Value::Array(all)) => {
                        assert_eq!(of_members().unwrap().collect::<Vec<_>>(), *all, "{}", case.id);
                    }
                    ("valid_from" | "valid_to", day) => {
                        assert_eq!(of_members().unwrap().next().as_ref(), Some(day), "{}", case.id);
                    }
                    (_, value) => assert_eq!(&case.expect[field], value, "{} {field}", case.id),
                }
            }
        }
    }
}
