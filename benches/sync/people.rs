//! People as an agent meets them: names, days and codes that differ from one to the next, so that nothing
//! packs or sorts better than in earnest. The same numbers give the same people.

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::{Areas, PersonName, parse_day};

/// Today's Quảng Trị, in which Bố Trạch lies.
const PROVINCE: &str = "44";
const DAY: &str = "2026-11-22";

const FAMILIES: [&str; 15] = [
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Võ", "Đặng", "Dương", "Hồ", "Cao", "Đinh",
    "Lưu", "Ngô", "Trương",
];
const MIDDLE: [[&str; 12]; 2] = [
    [
        "Thị",
        "Thị Thu",
        "Thị Thanh",
        "Thị Minh",
        "Thị Ngọc",
        "Thị Hồng",
        "Ngọc",
        "Thu",
        "Khánh",
        "Thùy",
        "Mỹ",
        "Hoài",
    ],
    [
        "Văn", "Đức", "Hữu", "Quang", "Minh", "Xuân", "Ngọc", "Thanh", "Công", "Đình", "Viết",
        "Trọng",
    ],
];
const GIVEN: [[&str; 24]; 2] = [
    [
        "Lan", "Hoa", "Hương", "Hằng", "Hạnh", "Hiền", "Huệ", "Huyền", "Hà", "Liên", "Loan", "Lý",
        "Mai", "Nga", "Ngân", "Nguyệt", "Nhung", "Oanh", "Phương", "Quyên", "Sen", "Thảo", "Trang",
        "Yến",
    ],
    [
        "An", "Bình", "Bảo", "Chiến", "Cường", "Dũng", "Duy", "Đạt", "Đông", "Giang", "Hải",
        "Hiếu", "Hùng", "Khoa", "Lâm", "Long", "Mạnh", "Nam", "Nghĩa", "Phong", "Quân", "Sơn",
        "Tuấn", "Vinh",
    ],
];
const HAMLETS: [&str; 12] = [
    "thôn Khương Hà",
    "thôn Nam Nẫm",
    "thôn Cù Lạc",
    "thôn Trằm",
    "bản Cà Roòng",
    "thôn Thượng Đức",
    "thôn Nhân Quang",
    "thôn Sao Sa",
    "tổ dân phố 3",
    "thôn Thanh Khê",
    "thôn Quyết Thắng",
    "thôn Nam Trung",
];

/// A name that people bear, written and folded.
pub struct Name {
    pub written: String,
    pub folded: String,
    pub female: bool,
}

/// All names, in an order without meaning.
pub fn names() -> Vec<Name> {
    let mut all = Vec::new();
    for (sex, (middle, given)) in MIDDLE.iter().zip(&GIVEN).enumerate() {
        for given in given {
            for middle in middle {
                for family in FAMILIES {
                    let written = format!("{family} {middle} {given}");
                    let folded = PersonName::parse(&written).expect("a name").folded().to_owned();
                    all.push(Name { written, folded, female: sex == 0 });
                }
            }
        }
    }
    all
}

/// The codes of the communes they live in.
pub fn communes() -> Vec<String> {
    let day = parse_day(DAY).expect("a day");
    Areas::embedded().communes_of(PROVINCE, day).into_iter().map(|it| it.code.clone()).collect()
}

/// So many people after each other live in one commune: a group goes there, and not all over the province.
const OUTING: u64 = 500;

/// Makes one person after the other.
pub struct People {
    names: Vec<Name>,
    communes: Vec<String>,
    next: u64,
}

impl People {
    /// People whom nobody has met who began elsewhere, fifty million in all. Their codes and names fall
    /// among those of the people whom a large database is filled with, and are never theirs.
    pub fn from(first: u64) -> Self {
        Self { names: names(), communes: communes(), next: first }
    }

    /// The number of the person to come.
    pub fn next(&self) -> u64 {
        self.next
    }

    fn person(&mut self, commune: Option<&str>) -> Value {
        let number = self.next;
        self.next += 1;
        let dice = scatter(number);
        let name = &self.names[at(dice, self.names.len())];
        let outing = number / OUTING;
        let commune = commune.unwrap_or(&self.communes[at(outing, self.communes.len())]);
        let (year, month, day) = (1945 + dice % 62, 1 + (dice >> 20) % 12, 1 + (dice >> 27) % 28);
        let hundred_million = |number: u64| number * 61_803_399 % 100_000_000;
        json!({
            "bhxh_code": format!("44{:08}", hundred_million(number + 50_000_000)),
            "personal_id": (dice % 10 < 9)
                .then(|| format!("045{:09}", (number * 618_033_988 + 1) % 1_000_000_000)),
            "full_name": name.written,
            "birth_date": format!("{year}-{month:02}-{day:02}"),
            "sex": if name.female { "female" } else { "male" },
            "ethnicity": null,
            "phone": (dice.is_multiple_of(3)).then(|| format!("09{:08}", hundred_million(dice % 100_000_000))),
            "area_code": commune,
            "address": HAMLETS[at(dice >> 40, HAMLETS.len())],
        })
    }

    /// One voluntary enrollment: an income by steps of 50,000 đồng, one to twelve months, the State's
    /// support for everybody.
    pub fn voluntary(&mut self) -> Value {
        let dice = scatter(self.next ^ 0x5555);
        let (method, months) =
            [("monthly", 1), ("quarterly", 3), ("half_yearly", 6), ("yearly", 12)][at(dice, 4)];
        let income = 1_500_000 + 50_000 * (dice >> 7 & 0x1f);
        json!({
            "person": self.person(None),
            "method": method,
            "months": null,
            "from_month": "2026-12",
            "income": income,
            "support_group": "other",
            "amount_collected": (income * 22 / 100 - 66_000) * months,
            "paid_on": DAY,
            "receipt": { "book": format!("BT{:02}", dice >> 20 & 0x3f), "number": format!("{:07}", dice >> 40 & 0xf_ffff) },
            "result_form": "electronic",
            "consent": { "version": "1", "at": format!("2026-11-22T{:02}:{:02}:00+07:00", 7 + (dice >> 12) % 9, (dice >> 33) % 60) },
        })
    }

    /// A household whose members join for a year: 2,530,000 × 4.5 % × 12 = 1,366,200 đồng for the first.
    pub fn household(&mut self, members: usize) -> Value {
        const RATES: [u64; 5] = [100, 70, 60, 50, 40];
        const FACILITIES: [&str; 4] = ["44001", "44005", "44101", "44126"];
        let dice = scatter(self.next ^ 0xaaaa);
        let commune = self.communes[at(dice, self.communes.len())].clone();
        let people: Vec<Value> = (0..members).map(|_| self.person(Some(&commune))).collect();
        let member = |(i, person): (usize, &Value)| {
            json!({
                "person": person,
                "relation": if i == 0 { "head" } else { "child" },
                "group": "household",
                "months": 12,
                "facility_code": FACILITIES[at(dice >> (8 + i), 4)],
                "previous_valid_to": null,
                "result_form": "electronic",
            })
        };
        json!({
            "household": {
                "id": clock::new_id(),
                "code": null,
                "head_name": people[0]["full_name"],
                "area_code": commune,
                "address": people[0]["address"],
                "phone": null,
            },
            "paid_on": DAY,
            "amount_collected": (0..members).map(|i| 13_662 * RATES[i.min(4)]).sum::<u64>(),
            "receipt": { "book": "BT07", "number": format!("{:07}", dice >> 40 & 0xf_ffff) },
            "consent": { "version": "1", "at": "2026-11-22T09:00:00+07:00" },
            "members": people.iter().enumerate().map(member).collect::<Vec<_>>(),
        })
    }
}

fn at(dice: u64, length: usize) -> usize {
    usize::try_from(dice % length as u64).expect("a small number")
}

/// SplitMix64: another number for each, without order.
fn scatter(number: u64) -> u64 {
    let z = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
