//! Reads a log from its beginning and checks each line.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Take},
    path::{Path, PathBuf},
};

use super::{AccessLogError, Flaw, Head, LINE_BYTES_MAX, Line, LogHeader};

/// The checked lines of a log. They end at the first broken one.
#[derive(Debug)]
pub struct Lines {
    raw: Raw,
    header: LogHeader,
    head: Head,
    bytes: u64,
    unfinished_bytes: usize,
    ended: bool,
}

/// The lines of the file, not checked.
#[derive(Debug)]
struct Raw {
    path: PathBuf,
    file: BufReader<Take<File>>,
    line: Vec<u8>,
    /// Number of lines that were read.
    lines: u64,
}

/// The next part of the file.
enum Next {
    /// A line with its end.
    Line,
    /// A line that a crash left without its end; its length in bytes.
    Unfinished(usize),
    Nothing,
}

/// Reads the lines that a log has now. A node may append to it meanwhile.
///
/// # Errors
/// When the file cannot be read or has no header. Broken lines are reported as the lines are read.
pub fn read(path: &Path) -> Result<Lines, AccessLogError> {
    let file = File::open(path).map_err(AccessLogError::system(path))?;
    let no_header = || AccessLogError::Broken {
        path: path.to_owned(),
        line: 1,
        flaw: Flaw::BadHeader,
    };
    Lines::of(path, file)?.ok_or_else(no_header)
}

impl Lines {
    /// Reads the lines of an open file from its position. `None` when not even the header is complete.
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

    /// Returns the header.
    pub const fn header(&self) -> &LogHeader {
        &self.header
    }

    /// Returns the head as of the last line that was returned.
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Returns the length of the header and of the lines that were returned, with their ends.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the length of the last line if it has no end: a node is writing it, or crashed meanwhile. Known once all
    /// other lines were returned.
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
    /// Reads the next part. `is_whole` tells whether bytes are the complete next line without its end.
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
            Some((_, line)) if is_whole(line) => Err(self.broken(Flaw::BadEnd)),
            Some(_) => Ok(Next::Unfinished(self.line.len())),
        }
    }

    /// Returns the line that was read, without its end.
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
