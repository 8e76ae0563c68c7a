//! `docs/LAW.md` is true: each question in it is asked, and each answer holds what the page prints.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::support::Backend;

const PAGE: &str = include_str!("../../docs/LAW.md");

/// The blocks of the page that are fenced with this word, in order.
fn blocks(word: &str) -> Vec<Value> {
    let fence = format!("```json {word}\n");
    let parse = |block: &str| {
        let text = block.split("```").next().unwrap();
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
    };
    PAGE.split(&fence).skip(1).map(parse).collect()
}

/// What is printed is there; what is there may be more.
fn holds(found: &Value, printed: &Value) -> bool {
    match (found, printed) {
        (Value::Object(found), Value::Object(printed)) => {
            printed.iter().all(|(name, value)| found.get(name).is_some_and(|it| holds(it, value)))
        }
        (Value::Array(found), Value::Array(printed)) => {
            found.len() == printed.len() && found.iter().zip(printed).all(|(a, b)| holds(a, b))
        }
        _ => found == printed,
    }
}

#[test]
fn every_example_comes_out() {
    let app = TestApp::start(Backend::Sqlite);
    let admin = app.admin();
    let (questions, answers) = (blocks("quote"), blocks("answer"));
    assert!(questions.len() >= 12);
    assert_eq!(questions.len(), answers.len());
    for (question, printed) in questions.iter().zip(&answers) {
        let answered = admin.post("/api/v1/quotes", question);
        assert_eq!(json!(answered.status), *printed.get("status").unwrap_or(&json!(200)));
        assert!(holds(&answered.body, printed), "{question:#}\n{printed:#}\n{:#}", answered.body);
    }
}
