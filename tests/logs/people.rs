//! People who exist nowhere else, and every form in which a log might name them.

use std::collections::BTreeSet;
use std::fmt::Write;

use unicode_normalization::UnicodeNormalization;

use dai_ly_thu::domain::PersonName;
use dai_ly_thu::domain::text::without_marks;

pub const FIRST: &str = "Đặng Thị Quỳnh Xuyến";
pub const SECOND: &str = "Lường Thị Phưởng";
pub const OTHER: &str = "Vừ Mí Sùng Khoẻo";
pub const CODE: &str = "4417290386";
pub const OTHER_CODE: &str = "4403958172";
pub const PERSONAL_ID: &str = "044188771239";
pub const PASSPORT: &str = "Q7719283";
pub const PHONE: &str = "0987612345";
pub const ADDRESS: &str = "thôn Khe Ngang Sỏi, ngõ 4711";
pub const HOUSEHOLD: &str = "HGD-330914-7";
pub const HEAD: &str = "Cầm Bá Thưởng";
pub const PAYER: &str = "Tòng Văn Ỉn";
pub const BORN: &str = "1988-03-17";
pub const RECEIPT: &str = "BL-77120943";
pub const AGENT: &str = "Hoàng Đình Khuê";
pub const LOGIN: &str = "khue.hoang.0987612345";
pub const CERTIFICATE: &str = "CC-5540917";
pub const PASSWORD: &str = "con-trau-xanh-81";
pub const NEW_PASSWORD: &str = "con-bo-vang-92";
pub const WRONG_PASSWORD: &str = "con-ga-do-73";
pub const ADMIN: &str = "quan.tri.vien.xa";

/// What nobody may find in the log.
pub struct Known(BTreeSet<String>);

impl Default for Known {
    fn default() -> Self {
        let people = [
            FIRST,
            SECOND,
            OTHER,
            CODE,
            OTHER_CODE,
            PERSONAL_ID,
            PASSPORT,
            PHONE,
            ADDRESS,
            HOUSEHOLD,
            HEAD,
            PAYER,
            BORN,
            RECEIPT,
            AGENT,
            LOGIN,
            CERTIFICATE,
            PASSWORD,
            NEW_PASSWORD,
            WRONG_PASSWORD,
            ADMIN,
        ];
        Self(people.map(str::to_owned).into())
    }
}

impl Known {
    /// One more that the walk came to know: a token, a secret.
    pub fn learn(&mut self, secret: &str) {
        self.0.insert(secret.to_owned());
        // Of a token also its parts: any one of them is enough to be looked for.
        self.0.extend(secret.split('.').filter(|part| part.len() > 30).map(str::to_owned));
    }

    /// What of it the log names, with the line; and headers that carry tokens.
    pub fn found_in(&self, log: &str) -> Vec<String> {
        let lines: Vec<(&str, String)> = log.lines().map(|it| (it, it.to_lowercase())).collect();
        let naming = |form: String| {
            let found = lines.iter().filter(|(_, lower)| lower.contains(&form));
            found.map(|(line, _)| format!("{form}: {line}")).collect::<Vec<_>>()
        };
        let mut forms: BTreeSet<String> = self.0.iter().flat_map(|it| forms_of(it)).collect();
        forms.extend(["bearer ey", "authorization:", "authorization\":"].map(str::to_owned));
        forms.into_iter().flat_map(naming).collect()
    }
}

/// In lower case: as written, in marks set apart, without marks, as compared, with the marks of
/// addresses, of debugging and of JSON, and as a list of bytes.
fn forms_of(said: &str) -> Vec<String> {
    let mut forms = vec![said.to_owned(), said.nfd().collect(), without_marks(said)];
    if let Ok(name) = PersonName::parse(said) {
        forms.extend([name.normal().to_owned(), name.folded().to_owned()]);
    }
    for text in forms.clone() {
        forms.extend([percent(&text, "%20"), percent(&text, "+")]);
        forms.push(text.as_bytes().escape_ascii().to_string());
        forms.push(text.escape_unicode_where_needed());
        forms.push(text.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", "));
    }
    forms.into_iter().map(|form| form.to_lowercase()).collect()
}

/// As in an address.
pub fn percent(text: &str, space: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => out.push_str(space),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            byte => write!(out, "%{byte:02X}").expect("a string grows"),
        }
    }
    out
}

trait Escaped {
    fn escape_unicode_where_needed(&self) -> String;
}

impl Escaped for String {
    /// `\u1ec5`, as some writers of JSON do.
    fn escape_unicode_where_needed(&self) -> String {
        let mut out = Self::new();
        for unit in self.encode_utf16() {
            match u8::try_from(unit) {
                Ok(byte) if byte.is_ascii() => out.push(char::from(byte)),
                _ => write!(out, "\\u{unit:04x}").expect("a string grows"),
            }
        }
        out
    }
}
