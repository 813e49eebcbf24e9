//! Which file imports which, read from the text of the sources.

use std::collections::{BTreeMap, BTreeSet};

/// The arrows between the files of one crate: from a file to every file of which it names something.
pub struct Imports {
    /// The file of every module, by the path of the module, such as `ops::runtime::cpu`; that of the crate is empty.
    files: BTreeMap<String, String>,
    /// The arrows, by the paths of both files.
    pub arrows: BTreeSet<(String, String)>,
}

impl Imports {
    /// Reads the arrows of files given by path and code; `root` is the folder of the crate's sources, with `/`.
    pub fn of<'a>(root: &str, sources: impl Iterator<Item = (&'a str, String)>) -> Self {
        let sources: Vec<(&str, String)> = sources.filter(|(path, _)| path.starts_with(root)).collect();
        let files = sources.iter().map(|(path, _)| (module(&path[root.len()..]), path.to_string())).collect();
        let mut imports = Self { files, arrows: BTreeSet::new() };
        for (path, code) in &sources {
            let own = module(&path[root.len()..]);
            for named in imports.named(&own, code) {
                if named != *path {
                    imports.arrows.insert((path.to_string(), named));
                }
            }
        }
        imports
    }

    /// The files whose items the code of a module names.
    fn named(&self, own: &str, code: &str) -> BTreeSet<String> {
        let mut named = BTreeSet::new();
        let mut rest = code;
        while let Some(at) = rest.find("::") {
            let begin = rest[..at]
                .rfind(|c: char| !is_word(c))
                .map_or(0, |before| before + rest[before..].chars().next().unwrap().len_utf8());
            let follows_path = rest[..begin].ends_with("::");
            let (head, tail) = (&rest[begin..at], &rest[at + 2..]);
            if let (false, Some(start)) = (follows_path, self.start(own, head)) {
                self.follow(&start, tail, &mut named);
            }
            rest = tail;
        }
        named
    }

    /// The module that the first name of a path stands for, where it is one of this crate's.
    fn start(&self, own: &str, head: &str) -> Option<String> {
        match head {
            "crate" => Some(String::new()),
            "self" => Some(own.to_owned()),
            "super" => Some(parent(own)),
            _ => Some(join(own, head)).filter(|module| !head.is_empty() && self.files.contains_key(module)),
        }
    }

    /// Notes the deepest modules that the rest of a path, or of a tree of paths, leads to.
    fn follow(&self, module: &str, path: &str, named: &mut BTreeSet<String>) {
        if let Some(list) = path.strip_prefix('{') {
            branches(list).iter().for_each(|branch| self.follow(module, branch, named));
            return;
        }
        let name: String = path.chars().take_while(|&c| is_word(c)).collect();
        let next = if name == "super" { Some(parent(module)) } else { Some(join(module, &name)) };
        match next.filter(|next| !name.is_empty() && self.files.contains_key(next)) {
            Some(next) => match path[name.len()..].strip_prefix("::") {
                Some(rest) => self.follow(&next, rest, named),
                None => named.extend(self.files.get(&next).cloned()),
            },
            None => named.extend(self.files.get(module).cloned()),
        }
    }

    /// The arrows that lie on a circle.
    pub fn circles(&self) -> Vec<String> {
        let reach = |from: &str| {
            let (mut seen, mut open) = (BTreeSet::new(), vec![from.to_owned()]);
            while let Some(file) = open.pop() {
                let next = self.arrows.iter().filter(|(a, _)| *a == file).map(|(_, b)| b);
                open.extend(next.filter(|b| seen.insert((*b).clone())).cloned());
            }
            seen
        };
        let reached: BTreeMap<&str, BTreeSet<String>> =
            self.files.values().map(|file| (file.as_str(), reach(file))).collect();
        let closes = |(a, b): &&(String, String)| reached[b.as_str()].contains(a);
        self.arrows.iter().filter(closes).map(|(a, b)| format!("{a} imports {b}, which leads back to it")).collect()
    }
}

/// The path of the module in a file, given from the folder of the sources.
fn module(file: &str) -> String {
    let name = file.trim_end_matches(".rs");
    match name.strip_suffix("mod").map(|name| name.trim_end_matches('/')) {
        Some(folder) => folder.replace('/', "::"),
        None if name == "lib" || name == "main" => String::new(),
        None => name.replace('/', "::"),
    }
}

fn parent(module: &str) -> String {
    module.rsplit_once("::").map_or(String::new(), |(parent, _)| parent.to_owned())
}

fn join(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What stands between the commas of a list that ends with its closing brace.
fn branches(list: &str) -> Vec<&str> {
    let (mut depth, mut begin, mut found) = (0, 0, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(list[begin..at].trim());
                return found;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(list[begin..at].trim());
                begin = at + 1;
            }
            _ => {}
        }
    }
    found
}
