//! What looks how.

use std::collections::BTreeMap;

use super::{ColourDepth, ConfigError, Style, document::Document, error::unknown};

/// The theme that is built in.
const EMBEDDED: &str = include_str!("../../assets/theme.toml");

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident = $name:literal,)*) => {
        /// What a piece of the screen is, for the theme.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Role {
            $($(#[$doc])* $role,)*
        }

        impl Role {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$role,)*];

            /// As it is written in a theme.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$role => $name,)*
                }
            }
        }
    };
}

roles! {
    /// Everything that is nothing else.
    Text = "text",
    /// What is there to be found, not to be read first.
    Dim = "dim",
    /// The row under the cursor, over what the row is by itself.
    Selected = "selected",
    /// A row that was marked to be decided with others.
    Marked = "marked",
    /// A denial that is decided.
    Decided = "decided",
    /// A decided denial that has grown since.
    Reopened = "reopened",
    /// A denial that is not decided.
    Open = "open",
    /// A denial that went through all the same.
    Permissive = "permissive",
    /// An access that was granted and logged.
    Granted = "granted",
    /// What the person should know before going on.
    Warning = "warning",
    /// What failed.
    Error = "error",
    /// A line of the preview that the last decision changed.
    AddedLine = "added-line",
    /// The title of a pane or a part of one.
    Heading = "heading",
    /// A word of the policy language.
    Keyword = "keyword",
    /// A type or an attribute.
    TypeName = "type-name",
    /// A permission.
    Permission = "permission",
    /// A remark in the preview.
    Comment = "comment",
    /// The frame of a pane.
    Border = "border",
    /// The frame of the pane that the keys go to.
    BorderFocused = "border-focused",
    /// The line that tells about the machine, the log and the session.
    Status = "status",
    /// What a key in the footer does.
    KeyHint = "key-hint",
    /// The key itself.
    KeyName = "key-name",
    /// The inside of a dialog.
    Dialog = "dialog",
    /// What the person types.
    Input = "input",
    /// What the filter found in a row.
    Match = "match",
}

/// The looks of the roles; a role that is not named looks plain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Theme {
    styles: BTreeMap<Role, Style>,
}

impl Theme {
    /// The theme that is built in.
    ///
    /// # Errors
    /// None: that it can be read is tested.
    pub fn embedded() -> Result<Self, ConfigError> {
        Self::parse("assets/theme.toml", EMBEDDED)
    }

    /// Reads `[styles]`: `ROLE = { fg = COLOUR, bg = COLOUR, bold = true, … }`.
    ///
    /// # Errors
    /// The text is no TOML, or a role, a colour or a modifier does not exist.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let document = Document { file, text };
        let root = document.parse()?;
        let mut styles = BTreeMap::new();
        for entry in document.entries(&root) {
            if entry.key() != "styles" {
                return Err(entry.key_error(unknown("table", entry.key(), &["styles"])));
            }
            for entry in entry.table().ok_or_else(|| entry.key_error("it must be a table: write [styles]"))? {
                let Some(role) = Role::ALL.iter().find(|role| role.name() == entry.key()) else {
                    let known: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
                    return Err(entry.key_error(unknown("role", entry.key(), &known)));
                };
                styles.insert(*role, Style::parse(&entry)?);
            }
        }
        Ok(Self { styles })
    }

    /// This theme with another one laid over it: a role that the upper one names looks as it says there, and only so.
    #[must_use]
    pub fn overlaid_with(mut self, upper: Self) -> Self {
        self.styles.extend(upper.styles);
        self
    }

    /// The theme for a terminal with so many colours. Colour is never the only sign, so one without any still shows what
    /// is what.
    #[must_use]
    pub fn resolve(&self, depth: ColourDepth) -> Self {
        Self { styles: self.styles.iter().map(|(role, style)| (*role, style.resolve(depth))).collect() }
    }

    /// How a role looks.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }
}
