//! Resource use of this process.

use std::{fmt, fs, io, path::Path};

/// CPU time used since a moment.
pub(crate) struct Meter(Cpu);

/// CPU time that the live threads of the process have used, in ns. The threads of a tree live as long as it does.
#[derive(Default)]
struct Cpu {
    foreground: u64,
    /// RocksDB's flushes and compactions.
    background: u64,
}

impl Meter {
    pub(crate) fn start() -> io::Result<Self> {
        Cpu::read().map(Self)
    }

    /// CPU time since then, in µs, without RocksDB's background work.
    pub(crate) fn foreground_us(&self) -> io::Result<f64> {
        Ok((Cpu::read()?.foreground - self.0.foreground) as f64 / 1000.0)
    }

    /// CPU time of all threads since then, in µs.
    pub(crate) fn all_us(&self) -> io::Result<f64> {
        let now = Cpu::read()?;
        let since = now.foreground + now.background - self.0.foreground - self.0.background;
        Ok(since as f64 / 1000.0)
    }
}

impl Cpu {
    fn read() -> io::Result<Self> {
        let mut cpu = Self::default();
        for thread in fs::read_dir("/proc/self/task")? {
            let thread = thread?.path();
            let name = fs::read_to_string(thread.join("comm"))?;
            let used = fs::read_to_string(thread.join("schedstat"))?;
            let ns = used.split(' ').next().and_then(|ns| ns.parse::<u64>().ok());
            let ns = ns.ok_or_else(|| io::Error::other("no CPU time in schedstat"))?;
            let kind = if name.starts_with("rocksdb") {
                &mut cpu.background
            } else {
                &mut cpu.foreground
            };
            *kind += ns;
        }
        Ok(cpu)
    }
}

/// Bytes that the process has passed to write calls.
pub(crate) fn written_bytes() -> io::Result<u64> {
    let text = fs::read_to_string("/proc/self/io")?;
    let line = text.lines().find_map(|line| line.strip_prefix("wchar: "));
    line.and_then(|bytes| bytes.parse().ok())
        .ok_or_else(|| io::Error::other("no wchar in /proc/self/io"))
}

/// Size of all files in `folder`, which has no subfolders, in bytes.
pub(crate) fn folder_bytes(folder: &Path) -> io::Result<u64> {
    fs::read_dir(folder)?
        .map(|file| Ok(file?.metadata()?.len()))
        .sum()
}

/// Measurements of one quantity.
#[derive(Default)]
pub(crate) struct Series(Vec<f64>);

impl Series {
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    pub(crate) fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: usize| sorted[(sorted.len() - 1) * share / 100];
        let (low, median, high) = (at(10), at(50), at(90));
        write!(
            f,
            "mean {:.1}, p50 {median:.1}, p10–p90 {low:.1}–{high:.1}",
            self.mean()
        )
    }
}
