//! A verb of a noun: its command, and how it is run.

use clap::{ArgMatches, Args, Command};

use super::{Failure, output::Output};

/// Runs a verb with the values of its arguments.
pub(super) type Run = Box<dyn Fn(&ArgMatches, &Output) -> Result<(), Failure>>;

/// A verb of a noun, such as `import` of `receipt`.
pub(super) struct Verb {
    noun: String,
    command: Command,
    run: Run,
}

impl Verb {
    /// Makes a verb of a path such as `receipt import`, with its help and examples.
    pub(super) fn new(
        path: &str,
        command: Command,
        about: &str,
        examples: &[&str],
        run: Run,
    ) -> Self {
        let (noun, _) = path.split_once(' ').expect("a path is noun and verb");
        let word = if examples.len() == 1 {
            "Example"
        } else {
            "Examples"
        };
        let lines: Vec<String> = examples
            .iter()
            .map(|example| format!("  {example}"))
            .collect();
        let command = command
            .about(first_sentence(about))
            .long_about(about.to_owned())
            .after_help(format!("{word}:\n{}", lines.join("\n")));
        Self {
            noun: noun.to_owned(),
            command,
            run,
        }
    }

    /// Makes a verb whose arguments are written by hand.
    pub(super) fn of<A: Args>(
        path: &str,
        about: &str,
        examples: &[&str],
        run: impl Fn(A, &Output) -> Result<(), Failure> + 'static,
    ) -> Self {
        let (_, name) = path.split_once(' ').expect("a path is noun and verb");
        let command = A::augment_args(Command::new(name.to_owned()));
        let run = Box::new(move |matches: &ArgMatches, output: &Output| {
            let arguments = A::from_arg_matches(matches);
            run(arguments.map_err(|error| Failure::usage(&error))?, output)
        });
        Self::new(path, command, about, examples, run)
    }

    /// Returns noun and verb.
    pub(super) fn path(&self) -> (&str, &str) {
        (&self.noun, self.command.get_name())
    }

    /// Returns the command that clap parses.
    pub(super) const fn command(&self) -> &Command {
        &self.command
    }

    /// Runs the verb.
    pub(super) fn run(&self, matches: &ArgMatches, output: &Output) -> Result<(), Failure> {
        (self.run)(matches, output)
    }
}

/// Runs the future of a client. One thread is enough for it.
pub(super) fn wait_for(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime
        .map_err(|error| Failure::trouble(&error))?
        .block_on(work)
}

/// Returns the first sentence without its full stop, for a list of commands.
fn first_sentence(text: &str) -> String {
    let end = text.find(". ").unwrap_or(text.len());
    text[..end].trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_commands_shows_first_sentences() {
        assert_eq!(first_sentence("Files a claim. More."), "Files a claim");
        assert_eq!(first_sentence("Files a claim."), "Files a claim");
        assert_eq!(first_sentence("of 12.34 yuan"), "of 12.34 yuan");
    }
}
