//! A headless Chromium, told what to do over the WebDriver protocol (https://www.w3.org/TR/webdriver2).
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// A browser with one page. It ends when it is dropped.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// Starts a browser, or `None` with a note where there is none. Where the variable DIFFPOOL_BROWSER is `required`,
    /// there must be one.
    pub fn start(width: u32, height: u32) -> Option<Self> {
        let started = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut driver = match started {
            Ok(driver) => driver,
            Err(e) => {
                let required = std::env::var_os("DIFFPOOL_BROWSER").is_some_and(|value| value == "required");
                assert!(!required, "chromedriver does not start: {e}; on Debian, apt-get install chromium-driver");
                let _ = writeln!(std::io::stderr(), "skipped: no chromedriver, so the page is not tried in a browser");
                return None;
            }
        };
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
        });
        // What it says later must not fill the pipe.
        std::thread::spawn(move || lines.count());
        let mut browser = Self { driver, port: port.expect("chromedriver names its port"), session: String::new() };
        let arguments = [
            "--headless=new".to_string(),
            "--no-sandbox".to_string(),
            "--disable-gpu".to_string(),
            "--disable-dev-shm-usage".to_string(),
            "--hide-scrollbars".to_string(),
            format!("--window-size={width},{height}"),
        ];
        let capabilities = json!({"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }});
        let answer = browser.ask("POST", "/session", &json!({"capabilities": capabilities}));
        browser.session = format!("/session/{}", answer["sessionId"].as_str().unwrap());
        Some(browser)
    }

    /// Opens a file.
    pub fn open(&self, path: &Path) {
        self.post("/url", &json!({"url": format!("file://{}", path.display())}));
    }

    /// What a function's body returns.
    pub fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// Clicks the middle of the first element that a selector finds, as a mouse would.
    pub fn click(&self, selector: &str) {
        let place = self.run(&format!(
            "const found = document.querySelector({});
             found.scrollIntoView({{ block: 'center', behavior: 'instant' }});
             const box = found.getBoundingClientRect();
             return [box.left + box.width / 2, box.top + box.height / 2];",
            json!(selector)
        ));
        let moved = json!({"type": "pointerMove", "duration": 0, "origin": "viewport",
            "x": place[0].as_f64().unwrap().round() as i64, "y": place[1].as_f64().unwrap().round() as i64});
        let actions = [moved, json!({"type": "pointerDown", "button": 0}), json!({"type": "pointerUp", "button": 0})];
        self.post("/actions", &json!({"actions": [{"type": "pointer", "id": "mouse", "actions": actions}]}));
    }

    /// Presses keys one after the other; special ones have letters of their own in the protocol.
    pub fn press(&self, keys: &str) {
        let strokes = |key: char| [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})];
        let actions: Vec<Value> = keys.chars().flat_map(strokes).collect();
        self.post("/actions", &json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]}));
    }

    /// Changes the size of the window.
    pub fn resize(&self, width: u32, height: u32) {
        self.post("/window/rect", &json!({"width": width, "height": height}));
    }

    /// Makes pages as wide and high as on some device, which may be narrower than any window, and light or dark.
    pub fn emulate(&self, width: u32, height: u32, scheme: &str) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        for (command, parameters) in [("setDeviceMetricsOverride", size), ("setEmulatedMedia", media)] {
            let body = json!({"cmd": format!("Emulation.{command}"), "params": parameters});
            self.post("/goog/cdp/execute", &body);
        }
    }

    /// Everything on the console since the last time.
    pub fn console(&self) -> Vec<String> {
        let entries = self.post("/se/log", &json!({"type": "browser"}));
        entries.as_array().unwrap().iter().map(|entry| entry["message"].to_string()).collect()
    }

    /// The addresses of everything that was asked for since the last time.
    pub fn requests(&self) -> Vec<String> {
        let entries = self.post("/se/log", &json!({"type": "performance"}));
        let messages = entries.as_array().unwrap().iter().map(|entry| {
            let message: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            message["message"].clone()
        });
        messages
            .filter(|message| message["method"] == "Network.requestWillBeSent")
            .map(|message| message["params"]["request"]["url"].as_str().unwrap().to_string())
            .collect()
    }

    /// Saves a picture of the window in the folder that the variable DIFFPOOL_SCREENSHOTS names, if it names one.
    pub fn screenshot(&self, name: &str) {
        let Some(folder) = std::env::var_os("DIFFPOOL_SCREENSHOTS") else { return };
        let text = self.ask("GET", &format!("{}/screenshot", self.session), &Value::Null);
        let path = Path::new(&folder).join(name);
        std::fs::write(path, decoded(text.as_str().unwrap())).unwrap();
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.ask("POST", &format!("{}{path}", self.session), body)
    }

    /// Sends a command and returns the value that it gives.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let value = self.try_ask(method, path, body).unwrap();
        assert!(value.get("error").is_none(), "{method} {path}: {value}");
        value
    }

    fn try_ask(&self, method: &str, path: &str, body: &Value) -> std::io::Result<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        let content = if method == "POST" { body.to_string() } else { String::new() };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n",
            self.port,
            content.len()
        );
        stream.write_all((head + &content).as_bytes())?;
        let mut reader = BufReader::new(stream);
        let (mut line, mut length) = (String::new(), 0);
        while reader.read_line(&mut line)? > 2 {
            let header = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            length = header.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(length);
            line.clear();
        }
        let mut content = vec![0; length];
        reader.read_exact(&mut content)?;
        let answer: Value = serde_json::from_slice(&content)?;
        Ok(answer["value"].clone())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // This ends the browser, which would outlive its driver; also where a test has failed.
        if !self.session.is_empty() {
            let _ = self.try_ask("DELETE", &self.session, &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Bytes from their text (RFC 4648).
fn decoded(text: &str) -> Vec<u8> {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let value = |letter: u8| letters.iter().position(|&known| known == letter).unwrap() as u32;
    let mut bytes = Vec::new();
    for group in text.as_bytes().chunks(4) {
        let known: Vec<u32> = group.iter().filter(|&&letter| letter != b'=').map(|&letter| value(letter)).collect();
        let bits = (0..4).fold(0, |bits, at| bits << 6 | known.get(at).copied().unwrap_or(0));
        bytes.extend(&[(bits >> 16) as u8, (bits >> 8) as u8, bits as u8][..known.len() - 1]);
    }
    bytes
}
