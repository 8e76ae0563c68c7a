//! Names that people and villages of Bố Trạch bear.

/// Family names, the frequent ones first and more than once.
pub(super) const FAMILIES: [&str; 24] = [
    "Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Trần", "Trần", "Lê", "Lê", "Phạm", "Hoàng", "Hoàng",
    "Phan", "Võ", "Đặng", "Dương", "Hồ", "Cao", "Đinh", "Lưu", "Ngô", "Trương", "Mai", "Bùi", "Đỗ",
];

pub(super) const MIDDLE_FEMALE: [&str; 16] = [
    "Thị",
    "Thị",
    "Thị",
    "Thị",
    "Thị",
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
];

pub(super) const MIDDLE_MALE: [&str; 16] = [
    "Văn", "Văn", "Văn", "Văn", "Văn", "Đức", "Hữu", "Quang", "Minh", "Xuân", "Ngọc", "Thanh",
    "Công", "Đình", "Viết", "Trọng",
];

pub(super) const GIVEN_FEMALE: [&str; 40] = [
    "Lan", "Hoa", "Hương", "Hằng", "Hạnh", "Hiền", "Hòa", "Huệ", "Huyền", "Hà", "Liên", "Loan",
    "Lý", "Mai", "Mơ", "Nga", "Ngân", "Nguyệt", "Nhàn", "Nhung", "Oanh", "Phúc", "Phương", "Quyên",
    "Sen", "Sương", "Tâm", "Thảo", "Thắm", "Thúy", "Thương", "Tình", "Trang", "Trinh", "Tuyết",
    "Vân", "Xoan", "Yến", "Lành", "Lài",
];

pub(super) const GIVEN_MALE: [&str; 40] = [
    "An", "Bình", "Bảo", "Chiến", "Cường", "Dũng", "Duy", "Dương", "Đạt", "Đông", "Giang", "Hải",
    "Hiếu", "Hoàng", "Hùng", "Hưng", "Khánh", "Khoa", "Lâm", "Linh", "Long", "Lực", "Mạnh", "Nam",
    "Nghĩa", "Phong", "Phú", "Quân", "Quốc", "Sơn", "Tài", "Thắng", "Thành", "Thuận", "Tiến",
    "Toàn", "Trung", "Tuấn", "Việt", "Vinh",
];

/// Two villages for each commune of today's Bố Trạch, by the commune's code.
pub(super) const VILLAGES: [(&str, [&str; 2]); 7] = [
    ("19111", ["thôn Nam Trung", "tổ dân phố 3 Hoàn Lão"]),
    ("19126", ["thôn Thanh Khê", "thôn Quyết Thắng"]),
    ("19138", ["thôn Cù Lạc", "thôn Trằm"]),
    ("19141", ["thôn Khương Hà", "thôn Nam Nẫm"]),
    ("19147", ["bản Cà Roòng", "bản Cồn Roàng"]),
    ("19159", ["thôn Thượng Đức", "thôn Trung Đức"]),
    ("19198", ["thôn Nhân Quang", "thôn Sao Sa"]),
];

/// A village where the list has none.
pub(super) const SOME_VILLAGES: [&str; 2] = ["thôn 1", "thôn 2"];

/// Leader and agents of the four groups.
pub(super) const TEAMS: [&[&str]; 4] = [
    &["Hoàng Văn Thái", "Nguyễn Thị Lan", "Phan Quốc Hùng"],
    &["Trần Thị Hòa", "Lê Thị Mai", "Võ Văn Sơn", "Đặng Thị Nga"],
    &["Lưu Đức Bình", "Cao Thị Thủy", "Hồ Minh Tuấn"],
    &["Phạm Thị Yến", "Dương Thị Sen", "Nguyễn Hữu Long", "Đinh Thị Hằng"],
];

pub(super) const SUPERVISOR: &str = "Lê Thị Minh Châu";
pub(super) const ADMINISTRATOR: &str = "Quản trị viên";
