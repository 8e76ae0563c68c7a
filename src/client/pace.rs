//! How fast, how much, and how often again.

use std::time::Duration;

/// How often and how long a call waits before it gives up.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// The longest first wait; doubled after each failure.
    pub first: Duration,
    /// No wait is longer, unless the server asks for it.
    pub cap: Duration,
    /// Attempts at one request before the call gives up.
    pub attempts: u32,
}
