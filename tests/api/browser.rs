//! A real browser: Chromium, told what to do over the W3C's WebDriver protocol by its own `chromedriver`
//! (Debian: `apt-get install chromium chromium-driver`).

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;

/// How long something may take to appear on a machine where everything runs at once.
const PATIENCE_MS: u64 = 60_000;

/// The key that sends a form.
pub const ENTER: &str = "\u{E007}";

pub struct Browser {
    driver: Child,
    agent: Agent,
    /// The session's address at the driver.
    session: String,
    /// What the browser leaves behind goes with it.
    _folder: TempDir,
}

/// Something on the page.
pub struct Element<'a> {
    browser: &'a Browser,
    id: String,
}

impl Browser {
    /// A window of its own, without a past, so many pixels wide.
    pub fn open(width: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .env("TMPDIR", folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts (Debian: apt-get install chromium chromium-driver)");
        let told = BufReader::new(driver.stdout.take().expect("a pipe"));
        let port = told.lines().map_while(Result::ok).find_map(|line| {
            line.split_once("successfully on port ")
                .map(|(_, port)| port.trim_end_matches('.').to_owned())
        });
        let base = format!("http://127.0.0.1:{}", port.expect("the driver's port"));
        let config = Agent::config_builder().http_status_as_error(false);
        let agent = config.timeout_global(Some(Duration::from_secs(180))).build().new_agent();
        let mut browser =
            Self { driver, agent, session: format!("{base}/session"), _folder: folder };
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": {
                "args": arguments,
                // No window is as narrow as a phone; a device is.
                "mobileEmulation": { "deviceMetrics": { "width": width, "height": 900, "pixelRatio": 1 } },
            },
            "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "implicit": PATIENCE_MS },
        } } });
        let made = browser.ask("POST", "", Some(wanted));
        let id = made["sessionId"].as_str().expect("a session");
        browser.session = format!("{}/{id}", browser.session);
        browser
    }

    fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let request =
            ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.session));
        let answer = match body {
            Some(body) => self.agent.run(request.body(body.to_string()).expect("a request")),
            None => self.agent.run(request.body(()).expect("a request")),
        };
        let mut answer = answer.expect("the driver answers");
        let text = answer.body_mut().read_to_string().expect("an answer");
        let mut body: Value = serde_json::from_str(&text).expect("JSON");
        assert!(answer.status().is_success(), "{path}: {}", body["value"]["message"]);
        body["value"].take()
    }

    pub fn go(&self, url: &str) {
        self.ask("POST", "/url", Some(json!({ "url": url })));
    }

    /// The first that this `XPath` finds, as soon as there is one.
    #[track_caller]
    pub fn find(&self, path: &str) -> Element<'_> {
        let found = self.ask("POST", "/element", Some(json!({ "using": "xpath", "value": path })));
        // The key is the standard's own.
        let id = found["element-6066-11e4-a52e-4f735466cecf"].as_str().expect("an element");
        Element { browser: self, id: id.to_owned() }
    }

    /// The innermost that says this and nothing else.
    #[track_caller]
    pub fn says(&self, text: &str) -> Element<'_> {
        self.find(&format!("(//*[normalize-space(.)='{text}'])[last()]"))
    }

    /// The field under this label.
    #[track_caller]
    pub fn field(&self, label: &str) -> Element<'_> {
        self.find(&format!("//*[@id=//label[starts-with(normalize-space(.),'{label}')]/@for]"))
    }

    /// What a script on the page returns.
    pub fn run(&self, script: &str) -> Value {
        self.ask("POST", "/execute/sync", Some(json!({ "script": script, "args": [] })))
    }

    /// The bytes of the file that the page lets the browser save when this is done.
    pub fn takes(&self, act: impl FnOnce()) -> Vec<u8> {
        self.run(
            "const make = URL.createObjectURL;
             window.taken = new Promise((done) => {
                 URL.createObjectURL = (file) => { done(file.arrayBuffer()); return make.call(URL, file); };
             });",
        );
        act();
        let bytes =
            self.run("return window.taken.then((file) => Array.from(new Uint8Array(file)))");
        serde_json::from_value(bytes).expect("bytes")
    }

    /// What the page complained about since this was last asked.
    pub fn complaints(&self) -> Vec<String> {
        let told = self.ask("POST", "/se/log", Some(json!({ "type": "browser" })));
        let told = told.as_array().expect("a log");
        let grave = told.iter().filter(|it| it["level"] == "SEVERE");
        grave.map(|it| it["message"].to_string()).collect()
    }
}

impl Element<'_> {
    pub fn click(&self) {
        self.browser.ask("POST", &format!("/element/{}/click", self.id), Some(json!({})));
    }

    pub fn write(&self, text: &str) {
        let path = format!("/element/{}/value", self.id);
        self.browser.ask("POST", &path, Some(json!({ "text": text })));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // With the session its browser ends; the driver is ended whatever became of that.
        drop(self.agent.delete(&self.session).call());
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}
