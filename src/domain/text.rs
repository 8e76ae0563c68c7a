//! Text as people type it on phones: cleaned once at the edge, and folded for
//! comparing and searching.

use super::code::Code;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Cleans text for storage: trimmed, runs of white space become one space,
/// zero-width and direction marks vanish, NFC. May come out empty.
///
/// # Errors
/// `control_character` for any control inside the text, `too_long` for more than `max` characters.
pub fn clean_text(text: &str, max: usize) -> Result<String, Code> {
    let text = text.trim();
    let cleaned = squeeze(text)?;
    let cleaned = if cleaned.is_ascii() || is_nfc_quick(cleaned.chars()) == IsNormalized::Yes {
        cleaned
    } else if cleaned.len() > max.saturating_mul(32) {
        return Err(Code::TooLong);
    } else {
        cleaned.nfc().collect()
    };
    if cleaned.len() > max && cleaned.chars().count() > max {
        return Err(Code::TooLong);
    }
    Ok(cleaned)
}

/// Drops what cannot be seen and folds white space.
fn squeeze(text: &str) -> Result<String, Code> {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        if c.is_control() {
            return Err(Code::ControlCharacter);
        }
        if is_invisible(c) {
            continue;
        }
        if c.is_whitespace() {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push(' ');
            gap = false;
        }
        out.push(c);
    }
    Ok(out)
}

/// Zero-width characters, direction controls and the soft hyphen.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

/// Lower case with the tone mark where the newer spelling puts it: `Hòa` and
/// `Hoà`, `Thúy` and `Thuý` come out equal. Expects cleaned text.
#[must_use]
pub fn normal(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len() + 4);
    let mut before = ' ';
    let mut chars = text.chars().flat_map(char::to_lowercase).peekable();
    while let Some(c) = chars.next() {
        if let Some((plain, moved)) = chars.peek().and_then(|next| move_tone(before, c, *next)) {
            out.push(plain);
            out.push(moved);
            chars.next();
            before = moved;
        } else {
            out.push(c);
            before = c;
        }
    }
    out
}

/// The five tones on the vowels between which the mark wanders.
const TONES: [(char, [char; 5]); 5] = [
    ('o', ['ò', 'ỏ', 'õ', 'ó', 'ọ']),
    ('u', ['ù', 'ủ', 'ũ', 'ú', 'ụ']),
    ('a', ['à', 'ả', 'ã', 'á', 'ạ']),
    ('e', ['è', 'ẻ', 'ẽ', 'é', 'ẹ']),
    ('y', ['ỳ', 'ỷ', 'ỹ', 'ý', 'ỵ']),
];

/// `òa`, `òe`, `ùy` (and after q also `ùa`, `ùe`) with the mark on the second letter.
fn move_tone(before: char, first: char, second: char) -> Option<(char, char)> {
    let pair = |plain| match second {
        'a' | 'e' => plain == 'o' || before == 'q',
        'y' => plain == 'u',
        _ => false,
    };
    if !matches!(second, 'a' | 'e' | 'y') {
        return None;
    }
    let (plain, tone) = TONES[..2].iter().find_map(|(plain, toned)| {
        let tone = toned.iter().position(|c| *c == first)?;
        Some((*plain, tone))
    })?;
    if !pair(plain) {
        return None;
    }
    let (_, toned) = TONES[2..].iter().find(|(letter, _)| *letter == second)?;
    Some((plain, toned[tone]))
}

/// Without any mark, lower case, đ as d. Word order stays.
#[must_use]
pub fn without_marks(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else if matches!(c, 'đ' | 'Đ') {
            out.push('d');
        } else {
            decompose_canonical(c, |part| {
                if !is_combining_mark(part) {
                    out.extend(part.to_lowercase());
                }
            });
        }
    }
    out
}

/// For comparing names: no marks, đ = d, y = i, words sorted.
#[must_use]
pub fn folded(text: &str) -> String {
    let plain = without_marks(text).replace('y', "i");
    let mut words: Vec<&str> = plain.split_whitespace().collect();
    words.sort_unstable();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning() {
        assert_eq!(clean_text("  thôn \u{a0} 3 ", 100).unwrap(), "thôn 3");
        assert_eq!(clean_text("a\u{200b}b\u{202e}c", 100).unwrap(), "abc");
        assert_eq!(clean_text("thôn\u{0}3", 100), Err(Code::ControlCharacter));
        assert_eq!(clean_text("thôn\n3", 100), Err(Code::ControlCharacter));
        assert_eq!(clean_text("", 100).unwrap(), "");
        assert_eq!(clean_text("\u{200b} \u{feff}", 100).unwrap(), "");
        assert_eq!(clean_text("ộộộ", 3).unwrap(), "ộộộ");
        assert_eq!(clean_text("ộộộộ", 3), Err(Code::TooLong));
        let decomposed: String = "Nguyễn Thị Hoà".nfd().collect();
        assert_eq!(clean_text(&decomposed, 14).unwrap(), "Nguyễn Thị Hoà");
    }

    #[test]
    fn a_flood_of_marks_is_refused_early() {
        let flood = format!("a{}", "\u{301}".repeat(1_000_000));
        assert_eq!(clean_text(&flood, 200), Err(Code::TooLong));
    }

    #[test]
    fn tone_marks_wander_only_where_both_spellings_exist() {
        for (old, new) in [
            ("Hòa", "hoà"),
            ("KHỎE", "khoẻ"),
            ("Thúy", "thuý"),
            ("Qúy", "quý"),
            ("qủa", "quả"),
            ("THỦY", "thuỷ"),
        ] {
            assert_eq!(normal(old), new);
            assert_eq!(normal(new), new);
        }
        for fixed in ["của", "mùa", "hoàn", "huỳnh", "kìa", "tuyết"] {
            assert_eq!(normal(fixed), fixed);
        }
    }
}
