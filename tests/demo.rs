//! The demo as a user runs it: its books balance, and it fits a terminal.

use std::process::Command;

#[test]
fn a_day_in_bo_trach_ends_with_balanced_books() {
    let run = Command::new(env!("CARGO_BIN_EXE_dai-ly-thu"))
        .args(["demo", "--people", "200", "--seed", "8"])
        .output()
        .expect("the binary runs");
    let (story, log) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{story}\n{log}");
    assert!(story.lines().any(|line| line == "sổ sách khớp"), "{story}");
    assert!(!story.contains("SAI"), "{story}");
    for part in [
        "gửi lại",
        "máy chủ sửa giờ",
        "thu thừa 50.000 đ",
        "viết lại trước khi gửi",
        "hủy một phiếu",
    ] {
        assert!(story.contains(part), "{part} is missing:\n{story}");
    }
    for line in story.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert_eq!(log, "", "nothing to warn of");
}
