//! The commands that a row's runs were made by, as somebody would type them to make them again.

use crate::runs::record::Record;

/// The different commands. Several processes that shared the folds were told different ones; the reader needs none.
/// Where files or the number of jobs differ, which change no number, they are left out, too.
pub fn commands(records: &[Record]) -> Vec<String> {
    let without = |options: &[&str]| {
        let mut all: Vec<String> = Vec::new();
        for record in records {
            let command = leave_out(&record.command, options);
            if !all.contains(&command) {
                all.push(command);
            }
        }
        all.sort();
        all
    };
    let all = without(&["--folds"]);
    if all.len() == 1 { all } else { without(&["--folds", "--jobs", "--output", "--json"]) }
}

/// The command without these options and their values.
fn leave_out(command: &str, options: &[&str]) -> String {
    let mut kept = Vec::new();
    let mut words = words(command).into_iter();
    while let Some(word) = words.next() {
        let (option, has_value) = word.split_once('=').map_or((word, false), |(option, _)| (option, true));
        if !options.contains(&option) {
            kept.push(word);
        } else if !has_value && option != "--json" {
            words.next();
        }
    }
    kept.join(" ")
}

/// The words of a command line, with their quotes.
fn words(command: &str) -> Vec<&str> {
    let (mut words, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (place, letter) in command.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if !quoted => escaped = true,
            '\'' => quoted = !quoted,
            ' ' if !quoted => {
                words.push(&command[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    words.push(&command[start..]);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::outcome::tests::record;

    #[test]
    fn processes_that_shared_the_work_have_one_command() {
        let run = |command: &str| Record { command: command.to_string(), ..record(0, 0.5) };
        let cases: [(&[&str], &[&str]); 4] = [
            (
                &[
                    "diffpool x --folds 0-4 --name 'it'\\''s a b' --jobs 2",
                    "diffpool x --folds=5-9 --name 'it'\\''s a b' --jobs 2",
                ],
                &["diffpool x --name 'it'\\''s a b' --jobs 2"],
            ),
            (&["diffpool x --folds '0, 1' --json"], &["diffpool x --json"]),
            (&["diffpool x --jobs 1 --output a --json", "diffpool x --output b --jobs=2"], &["diffpool x"]),
            (
                &["diffpool x --set epochs=2", "diffpool x --preset b"],
                &["diffpool x --preset b", "diffpool x --set epochs=2"],
            ),
        ];
        for (given, expected) in cases {
            let records: Vec<Record> = given.iter().map(|command| run(command)).collect();
            assert_eq!(commands(&records), expected);
        }
    }
}
