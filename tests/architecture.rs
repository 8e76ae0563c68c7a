//! Holds the direction of imports and the size of files: the tree tells the story only while it is true.

use std::fs;
use std::path::{Path, PathBuf};

/// Layers from the bottom up; a file may use its own layer and those listed.
const LAYERS: [(&str, &[&str]); 15] = [
    ("domain", &[]),
    ("store", &["domain", "clock"]),
    ("policy", &["domain"]),
    ("cards", &["domain", "policy", "store"]),
    ("tallies", &["domain", "policy", "store"]),
    ("rulebook", &["domain", "policy", "store"]),
    ("sheets", &["domain"]),
    ("imports", &["domain", "policy", "store"]),
    ("auth", &["domain", "policy", "store"]),
    ("audit", &["domain", "store"]),
    ("sync", &["domain", "policy", "store", "cards", "tallies", "rulebook"]),
    (
        "http",
        &[
            "domain", "policy", "store", "cards", "tallies", "rulebook", "sheets", "imports",
            "auth", "audit", "sync", "clock",
        ],
    ),
    ("client", &["domain", "sync", "clock"]),
    (
        "cli",
        &[
            "domain",
            "policy",
            "store",
            "cards",
            "tallies",
            "rulebook",
            "imports",
            "auth",
            "audit",
            "sync",
            "http",
            "client",
            "clock",
            "config",
            "telemetry",
        ],
    ),
    ("config", &["store", "http"]),
];

const MAX_LINES: usize = 500;

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The layer of a file: its first folder below `src`, or its own name.
fn layer(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn imports_run_one_way() {
    let mut wrong = Vec::new();
    for path in sources(&root().join("src")) {
        if path.to_string_lossy().ends_with("_test.rs") {
            continue;
        }
        let own = layer(&path);
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == own) else { continue };
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for used in code.split("crate::").skip(1) {
                let used: String =
                    used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let layer = LAYERS.iter().any(|(name, _)| *name == used) || used == "clock";
                if layer && used != own && !allowed.contains(&used.as_str()) {
                    wrong.push(format!("{}:{}: {own} uses {used}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Else it were no example for programs that have nothing else.
#[test]
fn the_client_knows_of_the_server_what_is_on_the_wire() {
    let mut wrong = Vec::new();
    for path in sources(&root().join("src/client")) {
        let text = fs::read_to_string(&path).unwrap();
        let beyond = |used: &&str| !used.starts_with("wire::");
        wrong.extend(
            text.split("crate::sync::")
                .skip(1)
                .filter(beyond)
                .map(|_| format!("{} uses more than sync::wire", path.display())),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_library_has_one_home() {
    const HOMES: [(&str, &[&str]); 3] = [
        ("diesel", &["store", "client"]),
        ("actix_web", &["http", "cli"]),
        ("Utc::now", &["clock"]),
    ];
    let mut wrong = Vec::new();
    for path in sources(&root().join("src")) {
        let own = layer(&path);
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for (library, homes) in HOMES {
                if code.contains(library) && !homes.contains(&own.as_str()) {
                    wrong.push(format!("{}:{}: {library}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_are_small() {
    let mut large = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for path in sources(&root().join(folder)) {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            if lines > MAX_LINES {
                large.push(format!("{}: {lines} lines", path.display()));
            }
        }
    }
    assert!(large.is_empty(), "{large:#?}");
}
