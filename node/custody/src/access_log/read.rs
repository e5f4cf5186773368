//! Reading a log from its beginning, each line checked.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Take},
    path::{Path, PathBuf},
};

use super::{AccessLogError, Flaw, Head, LINE_BYTES_MAX, Line, LogHeader};

/// The checked lines of a log. After the first that is broken there are no more.
#[derive(Debug)]
pub struct Lines {
    raw: Raw,
    header: LogHeader,
    head: Head,
    bytes: u64,
    unfinished_bytes: usize,
    ended: bool,
}

/// The lines as they are in the file.
#[derive(Debug)]
struct Raw {
    path: PathBuf,
    file: BufReader<Take<File>>,
    line: Vec<u8>,
    /// How many were read.
    lines: u64,
}

/// What comes next in the file.
enum Next {
    /// A line with its end.
    Line,
    /// What a crash left of one, bytes.
    Unfinished(usize),
    Nothing,
}

/// Reads what a log has by now; a node may append to it meanwhile.
///
/// # Errors
/// When the file cannot be read or has no header. Each line may be one that is broken.
pub fn read(path: &Path) -> Result<Lines, AccessLogError> {
    let file = File::open(path).map_err(AccessLogError::system(path))?;
    let no_header = || AccessLogError::Broken {
        path: path.to_owned(),
        line: 1,
        flaw: Flaw::NoHeader,
    };
    Lines::of(path, file)?.ok_or_else(no_header)
}

impl Lines {
    /// The lines of an open file, from where it stands; `None` where not even the header
    /// was finished.
    pub(super) fn of(path: &Path, file: File) -> Result<Option<Self>, AccessLogError> {
        let metadata = file.metadata().map_err(AccessLogError::system(path))?;
        let mut raw = Raw {
            path: path.to_owned(),
            file: BufReader::new(file.take(metadata.len())),
            line: Vec::new(),
            lines: 0,
        };
        let Next::Line = raw.next(|line| LogHeader::check(line).is_ok())? else {
            return Ok(None);
        };
        let (header, head) = LogHeader::check(raw.text()).map_err(|flaw| raw.broken(flaw))?;
        Ok(Some(Self {
            bytes: raw.line.len() as u64,
            raw,
            header,
            head,
            unfinished_bytes: 0,
            ended: false,
        }))
    }

    /// Whose log it is, and which.
    #[must_use]
    pub const fn header(&self) -> &LogHeader {
        &self.header
    }

    /// The head as of the line that was given last.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// How long the header and the lines are that were given, with their ends.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How long the last line is when it has no end, known once all others were given: a
    /// node writes it just now, or crashed when it did.
    #[must_use]
    pub const fn unfinished_bytes(&self) -> usize {
        self.unfinished_bytes
    }

    fn step(&mut self) -> Result<Option<Line>, AccessLogError> {
        let head = self.head;
        match self.raw.next(|line| head.check(line).is_ok())? {
            Next::Nothing => return Ok(None),
            Next::Unfinished(bytes) => {
                self.unfinished_bytes = bytes;
                return Ok(None);
            }
            Next::Line => {}
        }
        let line = head.check(self.raw.text());
        let line = line.map_err(|flaw| self.raw.broken(flaw))?;
        self.bytes += self.raw.line.len() as u64;
        self.head = Head {
            entries: line.entry.number,
            hash: line.hash,
        };
        Ok(Some(line))
    }
}

impl Raw {
    /// Reads on. `is_whole` says whether something is all of the line that comes next, but
    /// for its end.
    fn next(&mut self, is_whole: impl Fn(&[u8]) -> bool) -> Result<Next, AccessLogError> {
        self.line.clear();
        let mut at_most = (&mut self.file).take(LINE_BYTES_MAX as u64);
        let read = at_most.read_until(b'\n', &mut self.line);
        read.map_err(AccessLogError::system(&self.path))?;
        self.lines += 1;
        match self.line.split_last() {
            None => Ok(Next::Nothing),
            Some((b'\n', _)) => Ok(Next::Line),
            Some(_) if self.line.len() == LINE_BYTES_MAX => Err(self.broken(Flaw::TooLong)),
            Some((_, line)) if is_whole(line) => Err(self.broken(Flaw::NoEnd)),
            Some(_) => Ok(Next::Unfinished(self.line.len())),
        }
    }

    /// The line that was read, without its end.
    fn text(&self) -> &[u8] {
        self.line.strip_suffix(b"\n").unwrap_or(&self.line)
    }

    fn broken(&self, flaw: Flaw) -> AccessLogError {
        AccessLogError::Broken {
            path: self.path.clone(),
            line: self.lines,
            flaw,
        }
    }
}

impl Iterator for Lines {
    type Item = Result<Line, AccessLogError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let stepped = self.step().transpose();
        self.ended = !matches!(stepped, Some(Ok(_)));
        stepped
    }
}
