//! HTTP as somebody at a desk speaks it, and as one who only looks.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

/// How often one asks who is not answered, or told to wait.
pub const TRIES: u32 = 400;
pub const PAUSE: Duration = Duration::from_millis(50);

/// Who logs in, and with what.
#[derive(Debug, Clone)]
pub struct Account {
    pub login: String,
    pub password: String,
}

/// Somebody with a session.
pub struct Caller {
    agent: Agent,
    base: String,
    account: Account,
    installation_id: Option<String>,
    token: Option<String>,
}

/// A status and a body.
pub type Answer = (u16, Value);

impl Caller {
    /// In a browser, or with an installation as an app.
    pub fn new(base: &str, account: &Account, installation_id: Option<String>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .max_idle_connections(1)
            .timeout_global(Some(Duration::from_secs(60)));
        let agent = config.build().new_agent();
        let (base, account) = (base.to_owned(), account.clone());
        Self { agent, base, account, installation_id, token: None }
    }

    /// Asks until there is an answer that is not "later".
    pub fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let mut last = String::new();
        for _ in 0..TRIES {
            match self.once(method, path, body) {
                Ok((401, _)) => self.token = None,
                Ok((429 | 503, body)) => last = body.to_string(),
                Ok(answer) => return answer,
                Err(error) => last = error.to_string(),
            }
            std::thread::sleep(PAUSE);
        }
        panic!("{method} {path}: no answer at all; the last was {last}");
    }

    pub fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path, None);
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    /// All items of a list.
    pub fn list(&mut self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        let sign = if path.contains('?') { '&' } else { '?' };
        loop {
            let mut page = self.get(&format!("{path}{sign}limit=200{cursor}"));
            items.append(page["items"].as_array_mut().expect("items"));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    fn once(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, ureq::Error> {
        if self.token.is_none() {
            let app = self.installation_id.as_ref();
            let app = app.map(|id| json!({ "id": id, "label": "máy", "app_version": "1" }));
            let asked = json!({
                "login": self.account.login,
                "password": self.account.password,
                "installation": app,
            });
            let (status, body) = self.send("POST", "/api/v1/auth/login", Some(&asked))?;
            match (status, body["access_token"].as_str()) {
                (200, Some(token)) => self.token = Some(token.to_owned()),
                _ => return Ok((if status == 401 { 403 } else { status }, body)),
            }
        }
        self.send(method, path, body)
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut answer = match body {
            None => self.agent.run(request.body(())?)?,
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string())?)?
            }
        };
        let text = answer.body_mut().with_config().limit(1 << 30).read_to_vec()?;
        let body = serde_json::from_slice(&text).unwrap_or(Value::Null);
        Ok((answer.status().as_u16(), body))
    }
}
