//! How the program ends when something went wrong: one line, and an exit code that says what kind of thing it was.

use std::io;
use std::path::Path;

use diffpool::{Error, ErrorKind};

/// The exit codes, for the end of the program's help.
pub const EXIT_CODES: &str = "\
Exit codes:
    0  all is done
    1  the program has a bug
    2  the command line is wrong, or asks for something that is not there
    3  the configuration is refused
    4  a graph, a data set or a model is refused
    5  a file cannot be read or written
    6  there is not enough memory
    7  training diverged
    8  not supported
    9  report --check: a file is not what its runs give
  130  stopped by Ctrl-C or a signal; what was finished is kept";

/// What went wrong.
#[derive(Debug)]
pub enum Failure {
    /// An error with its exit code.
    Error { code: u8, message: String },
    /// The user stopped the program; the message says what was kept.
    Interrupted(String),
    /// Whoever read the output no longer does, which is no error.
    OutputClosed,
}

/// The result of everything that can fail.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// Something is wrong with the command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Error { code: 2, message: message.into() }
    }

    /// What is wrong with the command line, from the text of several lines that the parser has for it.
    pub fn parsing(error: &clap::Error) -> Self {
        let text = error.to_string();
        let text = text.split("\n\nUsage:").next().unwrap_or_default();
        let text = text.split("\n\nFor more information").next().unwrap_or_default();
        let joined = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
        let parts: Vec<String> = text.trim_start_matches("error: ").split("\n\n").map(joined).collect();
        Self::usage(parts.join("; ") + "; see --help")
    }

    /// What the user gave, such as a file, is not as it must be.
    pub fn data(message: impl Into<String>) -> Self {
        Self::Error { code: 4, message: message.into() }
    }

    /// A file on disk is not what the command would write.
    pub fn stale(message: impl Into<String>) -> Self {
        Self::Error { code: 9, message: message.into() }
    }

    /// A thread that could not be started.
    pub fn thread(source: &io::Error) -> Self {
        Self::Error { code: 6, message: format!("a thread cannot be started: {source}") }
    }

    /// A failed operation on a file.
    pub fn io(path: &Path, source: &io::Error) -> Self {
        Error::io(path, source).into()
    }

    /// What went wrong, in words.
    pub fn message(&self) -> &str {
        match self {
            Self::Error { message, .. } | Self::Interrupted(message) => message,
            Self::OutputClosed => "whoever read the output no longer does",
        }
    }

    /// The same failure with `more` and a semicolon after its message.
    pub fn with(self, more: impl std::fmt::Display) -> Self {
        match self {
            Self::Error { code, message } => Self::Error { code, message: format!("{message}; {more}") },
            Self::Interrupted(message) => Self::Interrupted(format!("{message}; {more}")),
            Self::OutputClosed => Self::OutputClosed,
        }
    }

    /// The same failure with `context` and a colon in front of its message.
    pub fn in_context(self, context: impl std::fmt::Display) -> Self {
        match self {
            Self::Error { code, message } => Self::Error { code, message: format!("{context}: {message}") },
            other => other,
        }
    }
}

/// A message with what would break the line, or steer a terminal, spelt out: names in files may hold anything.
pub fn one_line(message: &str) -> String {
    let plain = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    message.chars().map(plain).collect()
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match error.kind() {
            ErrorKind::InvalidArgument | ErrorKind::NotFound => 2,
            ErrorKind::InvalidConfig => 3,
            ErrorKind::InvalidGraph
            | ErrorKind::ShapeMismatch
            | ErrorKind::Parse
            | ErrorKind::InvalidFile
            | ErrorKind::Limit
            | ErrorKind::UnsupportedVersion => 4,
            ErrorKind::Io => 5,
            ErrorKind::OutOfMemory => 6,
            ErrorKind::Diverged => 7,
            ErrorKind::Unsupported => 8,
            ErrorKind::Cancelled | ErrorKind::Timeout => 130,
            _ => 1,
        };
        Self::Error { code, message: error.message().to_string() }
    }
}
