//! The months a method or a group allows: `3|6|12` or `1..60`.

/// Numbers of months that may be bought at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Months {
    /// One of these.
    OneOf(Vec<u32>),
    /// From the first to the second, both included.
    Between(u32, u32),
}

impl Months {
    pub fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.parse().ok().filter(|months| (1..=1200).contains(months));
        if let Some((least, most)) = text.split_once("..") {
            let (least, most) = (number(least)?, number(most)?);
            return (least <= most).then_some(Self::Between(least, most));
        }
        text.split('|').map(number).collect::<Option<Vec<_>>>().map(Self::OneOf)
    }

    pub fn allows(&self, months: u32) -> bool {
        match self {
            Self::OneOf(list) => list.contains(&months),
            Self::Between(least, most) => (*least..=*most).contains(&months),
        }
    }

    /// The number of months when there is no choice.
    pub fn only(&self) -> Option<u32> {
        match self {
            Self::OneOf(list) if list.len() == 1 => list.first().copied(),
            Self::Between(least, most) if least == most => Some(*least),
            _ => None,
        }
    }
}
