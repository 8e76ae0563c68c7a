//! Every sentence of the demo, and nothing else. Vietnamese, composed (NFC).

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};

use super::phone::{Resent, Upload};
use crate::domain::money::grouped;
use crate::domain::{CardType, Code, Dong, Id, RecordState, RecordStatus, Role, Scheme};
use crate::http::texts::{Lang, detail};
use crate::policy::Refusal;

pub(super) const OFFICE: &str = "BHXH Bố Trạch";
pub(super) const VOID_REASON: &str = "ghi nhầm người, đã trả lại tiền";
pub(super) const BAR: &str = "  {bar:36} {pos}/{len} lượt người, còn {eta}";
pub(super) const ANSWERED: &str = "đường truyền phải đứt mà vẫn có câu trả lời";
pub(super) const BROKE_DOWN: &str = "một máy dừng giữa chừng";
pub(super) const DONG: &str = "(đồng)";
pub(super) const MILLIONS: &str = "(triệu đ)";
pub(super) const TOTAL: &str = "Cộng";
pub(super) const OFFLINE: &str = "Trong thôn không có sóng.";
pub(super) const SIGNAL: &str = "Có sóng, các máy gửi cùng một lúc:";
pub(super) const TAKEN_BACK: &str = "      hủy một phiếu ghi nhầm";
pub(super) const CHECKING: &str = "Đối chiếu sổ sách:";
pub(super) const BALANCED: &str = "sổ sách khớp";
pub(super) const NOT_BALANCED: &str = "SỔ SÁCH KHÔNG KHỚP";
pub(super) const CTRL_C: &str = "Nhấn Ctrl-C để dừng.";

fn count(number: usize) -> String {
    grouped(i64::try_from(number).unwrap_or(i64::MAX))
}

fn day(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

fn seconds(time: Duration) -> String {
    format!("{:.2} giây", time.as_secs_f64()).replace('.', ",")
}

// Who.

pub(super) fn group(number: usize) -> String {
    format!("Nhóm {number}")
}

pub(super) fn login(role: Role, group: usize, number: usize) -> String {
    match role {
        Role::Leader => format!("truong-nhom{group}"),
        _ => format!("nhom{group}-{number}"),
    }
}

pub(super) fn phone(owner: &str, number: usize) -> String {
    let given = owner.rsplit(' ').next().unwrap_or(owner);
    format!("{given} ({})", group(number))
}

pub(super) fn scheme(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Voluntary => "BHXH TN",
        Scheme::Household => "BHYT HGĐ",
    }
}

// The morning.

pub(super) fn title(on: NaiveDate) -> String {
    format!("Một ngày ở Bố Trạch, {}", day(on))
}

pub(super) fn office(groups: usize, communes: usize, villages: usize, phones: usize) -> String {
    format!("{OFFICE}: {groups} nhóm, {phones} máy, {communes} xã, {villages} thôn.")
}

pub(super) fn goes_out(
    name: &str,
    communes: &[&str],
    village: &str,
    phones: usize,
    people: usize,
) -> String {
    let communes = communes.join(", ").replace("Xã ", "xã ").replace("Phường ", "phường ");
    let people = count(people);
    format!("  {name}: {communes}; ra quân {village}; {phones} máy, {people} người")
}

pub(super) fn captured(slips: usize, persons: i64, took: Duration) -> String {
    let (slips, persons) = (count(slips), grouped(persons));
    format!("Các máy ghi {slips} phiếu, {persons} lượt người, tính tiền xong {}.", seconds(took))
}

// The way home.

pub(super) fn upload(name: &str, nth: (usize, usize), upload: &Upload) -> String {
    let mut line = format!("  {name}");
    if nth.1 > 1 {
        line += &format!(", lần {}/{}", nth.0, nth.1);
    }
    line += &format!(": {} phiếu", count(upload.records));
    let words = [
        (RecordStatus::Accepted, "nhận"),
        (RecordStatus::Duplicate, "trùng"),
        (RecordStatus::Review, "chờ duyệt"),
        (RecordStatus::Rejected, "sai"),
    ];
    for (status, word) in words {
        if let Some(records) = upload.by_status.get(&status) {
            line += &format!(", {} {word}", count(*records));
        }
    }
    line
}

pub(super) fn lost_answer(resent: Resent) -> String {
    format!(
        "      mất câu trả lời, gửi lại {} phiếu: máy chủ nhận ra {}",
        count(resent.records),
        count(resent.replayed)
    )
}

pub(super) fn late(records: usize) -> String {
    format!("      {} phiếu của tháng trước, nay mới gửi: tính vào tháng trước", count(records))
}

pub(super) fn wrong_clock(error: TimeDelta, records: usize) -> String {
    let minutes = error.num_minutes().abs();
    let side = if error < TimeDelta::zero() { "chậm" } else { "nhanh" };
    let (hours, minutes, records) = (minutes / 60, minutes % 60, count(records));
    format!("      đồng hồ {side} {hours} giờ {minutes} phút: máy chủ sửa giờ {records} phiếu")
}

pub(super) fn corrected(too_much: i64) -> String {
    let amount = Dong(too_much.abs());
    let what = if too_much < 0 { "thu thiếu" } else { "thu thừa" };
    format!("      {what} {amount}, bị trả lại; sửa rồi gửi lại")
}

pub(super) fn gap(from: i64, to: i64) -> String {
    format!("      còn thiếu số {from}–{to}, nằm lại trên máy")
}

pub(super) fn rewritten(slips: usize, through: i64) -> String {
    let (slips, through) = (count(slips), grouped(through));
    format!("      {slips} phiếu viết lại trước khi gửi, số cũ bỏ: đủ từ 1 đến {through}")
}

pub(super) fn synced(slips: i64, persons: i64, took: Duration) -> String {
    let (slips, persons) = (grouped(slips), grouped(persons));
    format!("Đồng bộ {slips} phiếu, {persons} lượt người trong {}:", seconds(took))
}

pub(super) fn speed(slips: i64, persons: i64, phones: usize, took: Duration) -> String {
    let millis = i64::try_from(took.as_millis()).unwrap_or(i64::MAX).max(1);
    let rate = |number: i64| grouped(number.saturating_mul(1000) / millis);
    let (slips, persons) = (rate(slips), rate(persons));
    format!("  {slips} phiếu/giây, {persons} người/giây, {phones} máy và máy chủ trên một máy tính")
}

// The supervisor.

pub(super) fn table_title(from: NaiveDate, to: NaiveDate) -> String {
    format!("Bảng của giám sát, từ {} đến {}", day(from), day(to))
}

pub(super) fn table_head(unit: &'static str) -> [[&'static str; 11]; 2] {
    [
        ["", "đã", "", "tái", "", "chờ", "", "", "tiền thu", "chỉ", ""],
        ["", "nhận", "mới", "tục", "trùng", "duyệt", "sai", "hủy", unit, "tiêu", "%"],
    ]
}

pub(super) fn percent(percent: f64) -> String {
    format!("{percent:.1}").replace('.', ",")
}

pub(super) fn totals(accepted: i64, new: i64, renewal: i64) -> String {
    let (accepted, new, renewal) = (grouped(accepted), grouped(new), grouped(renewal));
    format!("Đã nhận {accepted} người: {new} mới, {renewal} tái tục.")
}

pub(super) fn money(enrolled: i64) -> String {
    format!("Tiền của người đã nhận: {}.", Dong(enrolled))
}

pub(super) fn money_held(held: i64) -> String {
    format!("Tiền còn giữ của phiếu trùng, chờ duyệt, sai: {}.", Dong(held))
}

pub(super) fn state_support(amount: i64) -> String {
    format!("Nhà nước hỗ trợ: {}.", Dong(amount))
}

pub(super) fn cards(card: CardType, issued: usize, waiting: usize, voided: usize) -> String {
    let what = match card {
        CardType::Book => "Sổ BHXH",
        CardType::Card => "Thẻ BHYT",
    };
    let (issued, waiting) = (count(issued), count(waiting));
    let mut line = format!("{what}: {issued} đã cấp, {waiting} chờ mã số BHXH");
    if voided > 0 {
        line += &format!(", {} đã hủy", count(voided));
    }
    line + "."
}

pub(super) fn met_twice(persons: i64) -> String {
    format!("Người đã có nhóm khác ghi trước: {}", grouped(persons))
}

pub(super) fn met_by(second: usize, first: &str, on: NaiveDate, persons: i64) -> String {
    let (second, persons) = (group(second), grouped(persons));
    format!("  {second} gặp lại {persons} người; {first} đã nhận ngày {}", day(on))
}

pub(super) fn and_more(persons: i64) -> String {
    format!("  … và {} người nữa", grouped(persons))
}

pub(super) fn reviews(open: usize) -> String {
    format!("Chờ giám sát duyệt: {}", count(open))
}

pub(super) fn review(code: &str, records: usize) -> String {
    let known = Code::ALL.iter().find(|it| it.as_str() == code);
    let text = known.map_or(code, |code| detail(Lang::Vi, *code));
    let text = text.split(';').next().unwrap_or(text).trim_end_matches('.');
    format!("  {}  {text}", count(records))
}

pub(super) fn installations(phones: usize, pending: i64, missing: usize) -> String {
    let gaps = match missing {
        0 => "không máy nào thiếu số".to_owned(),
        missing => format!("{} máy còn thiếu số", count(missing)),
    };
    format!("{} máy: {} phiếu còn trên máy, {gaps}.", count(phones), grouped(pending))
}

// The books.

pub(super) fn checked(right: bool, line: &str) -> String {
    format!("  {}  {line}", if right { "đúng" } else { "SAI " })
}

pub(super) fn all_delivered(numbers: i64) -> String {
    format!("{} số thứ tự đã gửi đều đến nơi, 0 phiếu còn trên máy", grouped(numbers))
}

pub(super) fn incomplete(phone: &str) -> String {
    format!("{phone}: còn phiếu chưa gửi hoặc thiếu số")
}

pub(super) fn still_on_phones(group: Id, records: i64) -> String {
    format!("nhóm {group}: bảng còn ghi {} phiếu trên máy", grouped(records))
}

pub(super) fn records_equation(
    captured: usize,
    by_state: &BTreeMap<RecordState, usize>,
    waiting: usize,
    voids: usize,
) -> String {
    let of = |state| count(by_state.get(&state).copied().unwrap_or_default());
    format!(
        "{} phiếu = {} nhận + {} hủy + {} trùng + {} chờ duyệt + {} sai + {} còn trên máy; \
         thêm {} phiếu xin hủy",
        count(captured),
        of(RecordState::Accepted),
        of(RecordState::Voided),
        of(RecordState::Duplicate),
        of(RecordState::Review),
        of(RecordState::Rejected),
        count(waiting),
        count(voids),
    )
}

pub(super) fn states_differ(
    phone: &str,
    id: Id,
    here: Option<RecordState>,
    there: Option<RecordState>,
) -> String {
    let word = |state: Option<RecordState>| state.map_or("-", RecordState::as_str);
    format!("{phone}: phiếu {id}: máy biết {}, máy chủ trả lời {}", word(here), word(there))
}

pub(super) fn sums_agree(rows: usize) -> String {
    format!("bảng tổng hợp bằng tổng các phiếu, {} dòng, cả người lẫn tiền", count(rows))
}

pub(super) fn sums_differ(group: Id, of: Scheme, counted: &[i64; 7], told: &[i64; 7]) -> String {
    format!("nhóm {group}, {}: phiếu {counted:?}, bảng {told:?}", scheme(of))
}

pub(super) fn recounted(enrollments: u64, held: u64) -> String {
    let whole = |number: u64| grouped(i64::try_from(number).unwrap_or(i64::MAX));
    let (enrollments, held) = (whole(enrollments), whole(held));
    format!("đếm lại từng dòng: {enrollments} lượt đăng ký, {held} phiếu không nhận, không lệch")
}

pub(super) fn one_card_each(enrollments: usize) -> String {
    format!("{} lượt đã nhận, mỗi lượt đúng một sổ hoặc thẻ", count(enrollments))
}

pub(super) fn cards_differ(enrollment: Id, cards: usize) -> String {
    format!("lượt đăng ký {enrollment} có {cards} sổ, thẻ")
}

pub(super) fn feeds_agree(phones: usize) -> String {
    format!("{} máy tải lại từ đầu: đủ lượt của nhóm, mỗi lượt một lần", count(phones))
}

pub(super) fn feed_differs(phone: &str, expected: usize, told: usize, once: bool) -> String {
    let twice = if once { "" } else { ", có lượt hai lần" };
    format!("{phone}: nhóm có {expected} lượt, tải lại được {told}{twice}")
}

pub(super) fn mirror_differs(phone: &str) -> String {
    format!("{phone}: bản sao trên máy khác bản tải lại từ đầu")
}

pub(super) fn replayed(resent: usize, known: usize) -> String {
    format!("{} phiếu gửi lại, máy chủ nhận ra {}", count(resent), count(known))
}

pub(super) fn differences(number: usize) -> String {
    format!("{NOT_BALANCED}: {} chỗ khác nhau", count(number))
}

pub(super) fn finished(took: Duration) -> String {
    format!("Cả ngày hết {}.", seconds(took))
}

// When the server is kept.

pub(super) fn serving(url: &str) -> String {
    format!("Máy chủ vẫn chạy: {url} (xem {url}/docs)")
}

pub(super) fn account(role: &str, login: &str, password: &str) -> String {
    format!("  {role:<10}  {login:<10}  {password}")
}

pub(super) const ACCOUNTS: [&str; 3] = ["quản trị", "giám sát", "nhân viên"];

pub(super) fn database(path: &str) -> String {
    format!("Dữ liệu còn lại ở {path}")
}

// When something fails.

pub(super) fn no_rule(on: NaiveDate, refusal: &Refusal) -> String {
    let what = refusal.rule.as_deref().unwrap_or(refusal.field);
    format!("ngày {}: {} ({what})", day(on), detail(Lang::Vi, refusal.code))
}

pub(super) fn deferred(code: Option<Code>) -> String {
    format!("máy chủ hoãn một phiếu: {}", code.map_or("-", Code::as_str))
}
