//! Reading a log from its beginning, each line checked.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Take},
    path::{Path, PathBuf},
};

use super::{AccessLogError, Flaw, Head, LINE_BYTES_MAX, Line};

/// The checked lines of a log. After the first that is broken there are no more.
#[derive(Debug)]
pub struct Lines {
    path: PathBuf,
    file: BufReader<Take<File>>,
    line: Vec<u8>,
    head: Head,
    bytes: u64,
    unfinished_bytes: usize,
    ended: bool,
}

/// Reads what a log has by now; a node may append to it meanwhile.
///
/// # Errors
/// When the file cannot be read. Each line may be one that is broken.
pub fn read(path: &Path) -> Result<Lines, AccessLogError> {
    let file = File::open(path).map_err(AccessLogError::system(path))?;
    Lines::of(path, file)
}

impl Lines {
    /// The lines of an open file, from where it stands.
    pub(super) fn of(path: &Path, file: File) -> Result<Self, AccessLogError> {
        let metadata = file.metadata().map_err(AccessLogError::system(path))?;
        Ok(Self {
            path: path.to_owned(),
            file: BufReader::new(file.take(metadata.len())),
            line: Vec::new(),
            head: Head::EMPTY,
            bytes: 0,
            unfinished_bytes: 0,
            ended: false,
        })
    }

    /// The head as of the line that was given last.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// How long the lines are that were given, with their ends.
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
        self.line.clear();
        let mut at_most = (&mut self.file).take(LINE_BYTES_MAX as u64);
        let read = at_most.read_until(b'\n', &mut self.line);
        read.map_err(AccessLogError::system(&self.path))?;
        let line = match self.line.split_last() {
            None => return Ok(None),
            Some((b'\n', line)) => self.head.check(line),
            Some(_) if self.line.len() == LINE_BYTES_MAX => Err(Flaw::TooLong),
            Some((_, line)) if self.head.check(line).is_ok() => Err(Flaw::NoEnd),
            Some(_) => {
                self.unfinished_bytes = self.line.len();
                return Ok(None);
            }
        };
        let number = self.head.entries + 1;
        let line = line.map_err(|flaw| AccessLogError::Broken {
            path: self.path.clone(),
            line: number,
            flaw,
        })?;
        self.bytes += self.line.len() as u64;
        self.head = Head {
            entries: number,
            hash: line.hash,
        };
        Ok(Some(line))
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
