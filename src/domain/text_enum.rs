//! One macro for every closed enum that is text on the wire and in the
//! database, so that the text of a variant is written exactly once.

use super::code::Code;

/// The text names no variant of the enum it was read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of the known words")]
pub struct UnknownText;

impl From<UnknownText> for Code {
    fn from(_: UnknownText) -> Self {
        Code::BadFormat
    }
}

/// Declares an enum with its wire text: `as_str`, `ALL`, `Display`, `FromStr`,
/// serde and an `OpenAPI` schema.
macro_rules! text_enum {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $text:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        $vis enum $name {
            $( $(#[$variant_meta])* #[serde(rename = $text)] $variant ),+
        }

        impl $name {
            /// Every variant, in the order of declaration.
            pub const ALL: &'static [Self] = &[ $( Self::$variant ),+ ];

            /// The text on the wire and in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$variant => $text ),+
                }
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some(Self::ALL.iter().map(|variant| variant.as_str())))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::text_enum::UnknownText;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $( $text => Ok(Self::$variant), )+
                    _ => Err($crate::domain::text_enum::UnknownText),
                }
            }
        }
    };
}

pub(crate) use text_enum;

/// Gives a type that travels as text the `OpenAPI` schema of text.
macro_rules! text_schema {
    ($name:ident) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                <String as utoipa::PartialSchema>::schema()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

pub(crate) use text_schema;

#[cfg(test)]
mod tests {
    use crate::domain::{Code, Flag, Method, Scheme};

    #[test]
    fn text_survives_the_round_trip_for_all_variants() {
        for code in Code::ALL {
            assert_eq!(code.as_str().parse::<Code>(), Ok(*code));
            let json = serde_json::to_string(code).unwrap();
            assert_eq!(json, format!("\"{code}\""));
            assert_eq!(serde_json::from_str::<Code>(&json).unwrap(), *code);
        }
        for flag in Flag::ALL {
            assert_eq!(flag.as_str().parse::<Flag>(), Ok(*flag));
        }
    }

    #[test]
    fn unknown_text_is_refused() {
        assert!("weekly".parse::<Method>().is_err());
        assert!("Voluntary".parse::<Scheme>().is_err());
        assert!(serde_json::from_str::<Method>("\"weekly\"").is_err());
    }

    #[test]
    fn the_schema_lists_the_wire_texts() {
        use utoipa::PartialSchema;
        let schema = serde_json::to_value(Scheme::schema()).unwrap();
        assert_eq!(schema["enum"], serde_json::json!(["voluntary", "household"]));
    }
}
