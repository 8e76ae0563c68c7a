//! How long large tables take.

fn main() {}
