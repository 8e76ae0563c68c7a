//! The law and the house rules: pure functions of their arguments.

/// Who may do what.
pub mod permissions;
