//! The manual pages and the completions of shells, which `packaging/pages` has for packages: they are made from the
//! arguments by a test, so that the program does not carry what makes them. With `UPDATE_PAGES=1` they are written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_complete::{Generator, Shell, generate};

use crate::Arguments;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/pages")
}

/// The manual page of a command and those of its own commands, by the names of their files.
fn add_manuals(command: &Command, name: &str, pages: &mut BTreeMap<String, String>) {
    // The names that clap keeps live as long as the program.
    let titled = command.clone().name(&*name.to_owned().leak()).display_name(name);
    let mut page = Vec::new();
    clap_mangen::Man::new(titled).render(&mut page).unwrap();
    pages.insert(format!("{name}.1"), String::from_utf8(page).unwrap());
    for inner in command.get_subcommands() {
        add_manuals(inner, &format!("{name}-{}", inner.get_name()), pages);
    }
}

fn completion(shell: Shell, command: &Command) -> (String, String) {
    let mut text = Vec::new();
    generate(shell, &mut command.clone(), "diffpool", &mut text);
    (shell.file_name("diffpool"), String::from_utf8(text).unwrap())
}

/// All pages by the names of their files.
fn pages() -> BTreeMap<String, String> {
    let shells = [Shell::Bash, Shell::Zsh, Shell::Fish];
    let mut pages: BTreeMap<_, _> = shells.map(|shell| completion(shell, &Arguments::command())).into();
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    add_manuals(&command, "diffpool", &mut pages);
    pages
}

#[test]
fn pages_are_up_to_date() {
    let pages = pages();
    if std::env::var_os("UPDATE_PAGES").is_some() {
        let _ = std::fs::remove_dir_all(folder());
        std::fs::create_dir_all(folder()).unwrap();
        pages.iter().for_each(|(name, text)| std::fs::write(folder().join(name), text).unwrap());
    }
    let hint = "UPDATE_PAGES=1 cargo test -p diffpool-cli pages writes it";
    for (name, text) in &pages {
        let committed = std::fs::read_to_string(folder().join(name)).unwrap_or_default();
        assert!(committed == *text, "packaging/pages/{name} is out of date: {hint}");
    }
    let listed = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let unknown: Vec<_> = listed.filter(|name| !pages.contains_key(name)).collect();
    assert!(unknown.is_empty(), "packaging/pages has files of commands that are gone: {unknown:?}");
}

#[test]
fn every_command_has_a_page_and_completions() {
    let pages = pages();
    for command in Arguments::command().get_subcommands() {
        let name = command.get_name();
        assert!(pages[&format!("diffpool-{name}.1")].contains(".SH OPTIONS"), "{name}");
        for file in ["diffpool.bash", "_diffpool", "diffpool.fish"] {
            assert!(pages[file].contains(name), "{file} does not know {name}");
        }
    }
}
