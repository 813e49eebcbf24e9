//! Compilers take the header; its programs, the examples of its sections and those of `docs/training.md` compile and
//! run.

mod declarations;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use declarations::{committed_header, root};
use tempfile::TempDir;

/// Runs a compiler, or tells that there is none.
fn compile(variable: &str, fallback: &str, arguments: &[&str]) -> Option<Output> {
    let compiler = std::env::var(variable).unwrap_or_else(|_| fallback.to_owned());
    match Command::new(&compiler).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            println!("skipped: {compiler} cannot be run: {error}");
            None
        }
    }
}

fn assert_success(output: &Output, what: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {}\n{text}", output.status);
}

fn path_text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn compilers_take_the_header_alone() {
    let folder = tempfile::tempdir().unwrap();
    let include = format!("-I{}", path_text(&root().join("include")));
    let strict = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"];
    let cases: [(_, _, _, &[_]); 2] =
        [("CC", "cc", "c", &["c89", "c99", "c11", "c17"]), ("CXX", "c++", "cpp", &["c++11", "c++17", "c++20"])];
    for (variable, fallback, extension, standards) in cases {
        let file = folder.path().join("only_the_header").with_extension(extension);
        std::fs::write(&file, "#include <diffpool.h>\n#include <diffpool.h>\nint main(void) { return 0; }\n").unwrap();
        for standard in standards {
            let standard = format!("-std={standard}");
            let arguments: Vec<_> =
                strict.into_iter().chain([standard.as_str(), include.as_str(), path_text(&file)]).collect();
            let Some(output) = compile(variable, fallback, &arguments) else { break };
            assert_success(&output, &standard);
        }
    }
}

/// The programs in the introduction of the header: the first predicts, the second trains; `check` is in the first.
fn programs(header: &str) -> [String; 2] {
    let code = |begin: usize| {
        let end = begin + header[begin..].find("\n *\n *\n").unwrap();
        header[begin..end].lines().fold(String::new(), |text, line| {
            text + line.strip_prefix(" *").unwrap().strip_prefix("     ").unwrap_or("") + "\n"
        })
    };
    let predict = code(header.find(" *     #include <diffpool.h>").unwrap());
    let train = code(header.find(" *     static int progress").unwrap());
    let head = predict[..predict.find("int main(void)").unwrap()].to_owned();
    [predict, head + &train]
}

/// Compiles programs and runs them in one folder.
struct Programs {
    folder: TempDir,
    library: PathBuf,
}

impl Programs {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let libraries = std::env::current_exe().unwrap().parent().unwrap().to_owned();
        let name = format!("{}diffpool{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        let library = libraries.join(name);
        // The programs ask the loader for the library by its SONAME.
        std::fs::copy(&library, folder.path().join("libdiffpool.so.0")).unwrap();
        Self { folder, library }
    }

    /// What a program prints, or none where there is no compiler.
    fn run(&self, name: &str, text: &str) -> Option<String> {
        let folder = self.folder.path();
        let (file, program) = (folder.join(name).with_extension("c"), folder.join(name));
        std::fs::write(&file, text).unwrap();
        let include = format!("-I{}", path_text(&root().join("include")));
        let strict = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", include.as_str()];
        let files = [path_text(&file), path_text(&self.library), "-o", path_text(&program)];
        assert_success(&compile("CC", "cc", &[&strict[..], &files[..]].concat())?, name);
        let output = Command::new(&program).current_dir(folder).env("LD_LIBRARY_PATH", folder).output().unwrap();
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        assert_success(&output, &format!("{name} after\n{text}"));
        Some(text)
    }
}

#[test]
fn the_programs_of_the_header_compile_and_run() {
    let [predict, train] = programs(&committed_header());
    let programs = Programs::new();
    let Some(text) = programs.run("train", &train) else { return };
    assert_eq!(text.lines().filter(|line| line.starts_with("epoch ")).count(), 10, "{text}");
    assert!(text.lines().last().unwrap().starts_with("accuracy of 20 graphs kept back: "), "{text}");
    assert!(programs.folder.path().join("first.safetensors").exists());
    let text = programs.run("predict", &predict).unwrap();
    assert!(text.starts_with("the ring is of class "), "{text}");
}

/// An example in C.
struct Example {
    /// What it belongs to: a section of the header, by its file in `src/ffi`, or a place in `docs/training.md`.
    name: String,
    /// The functions that it begins with, callbacks.
    functions: String,
    /// What is done.
    statements: String,
}

impl Example {
    /// The example of the code of a block.
    fn of(name: &str, code: &[&str]) -> Self {
        // A function ends with the first line that is a brace alone; blocks of statements come after it.
        let has_function = code[0].starts_with("static ");
        let statements = if has_function { code.iter().position(|&line| line == "}").unwrap() + 1 } else { 0 };
        let join = |lines: &[&str]| lines.join("\n") + "\n";
        let (functions, statements) = code.split_at(statements);
        Self { name: name.to_owned(), functions: join(functions), statements: join(statements) }
    }

    /// The one in the text at the head of a file, which `tests/header.rs` copies into the header.
    fn of_section(section: &str, source: &str) -> Self {
        let text = source.lines().map_while(|line| line.strip_prefix("//!"));
        let text = text.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>();
        let blocks = blocks(&text);
        let [code] = blocks[..] else { panic!("{section} has {} examples and not one", blocks.len()) };
        assert!((3..=15).contains(&code.len()), "the example of {section} has {} lines", code.len());
        Self::of(section, code)
    }
}

/// The lines of every block that is marked as C.
fn blocks<'a>(text: &'a [&'a str]) -> Vec<&'a [&'a str]> {
    let begun = text.split(|&line| line == "```c").skip(1);
    begun.map(|code| &code[..code.iter().position(|&line| line == "```").unwrap()]).collect()
}

/// The examples of all files that export functions; those are the sections of the header.
fn examples_of_sections() -> Vec<Example> {
    let mut files: Vec<_> =
        std::fs::read_dir(root().join("src/ffi")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let sources = files.iter().map(|path| (path, std::fs::read_to_string(path).unwrap()));
    let sections = sources.filter(|(_, source)| source.contains("\n#[unsafe(no_mangle)]\n"));
    sections.map(|(path, source)| Example::of_section(path.file_stem().unwrap().to_str().unwrap(), &source)).collect()
}

/// The examples of a page.
fn examples_of_page(name: &str) -> Vec<Example> {
    let page = std::fs::read_to_string(root().join("docs").join(name).with_extension("md")).unwrap();
    let lines: Vec<_> = page.lines().collect();
    let blocks = blocks(&lines).into_iter().enumerate();
    blocks.map(|(at, code)| Example::of(&format!("{name}_{at}"), code)).collect()
}

/// The handles that the header promises to its examples, new for every one.
const HANDLES: &str = r#"
static diffpool_config *config;
static diffpool_dataset *dataset;
static diffpool_split *split;
static diffpool_trainer *trainer;
static diffpool_model *model;
static diffpool_session *session;
static diffpool_predictor *predictor;
static diffpool_graph *graph;

static int stop(void *ctx, const diffpool_epoch *epoch)
{
    return ctx == NULL && epoch != NULL;
}

static void begin(const char *name)
{
    const int32_t from[] = {0, 1, 2, 3, 4}, to[] = {1, 2, 3, 4, 0};
    size_t graphs[30];
    diffpool_dataset *trained_on;
    diffpool_model *used;
    for (size_t i = 0; i < 30; i++)
        graphs[i] = i;
    printf("%s:\n", name);
    check(diffpool_config_from_json("{\"epochs\": 2, \"clusters\": [3], \"threads\": 1}", &config, &error));
    check(diffpool_dataset_synthetic("ba", 30, 1, &dataset, &error));
    check(diffpool_dataset_synthetic("ba", 30, 1, &trained_on, &error));
    check(diffpool_split_new(&split, &error));
    check(diffpool_split_set_train(split, graphs, 20, &error));
    check(diffpool_split_set_validation(split, graphs + 20, 5, &error));
    check(diffpool_split_set_test(split, graphs + 25, 5, &error));
    check(diffpool_trainer_new(config, trained_on, split, NULL, &trainer, &error));
    check(diffpool_trainer_fit(trainer, stop, NULL, NULL, NULL, NULL, &error));
    check(diffpool_trainer_model(trainer, &model, &error));
    check(diffpool_model_clone(model, &used, &error));
    check(diffpool_session_new(used, &session, &error));
    check(diffpool_predictor_new(used, 1, &predictor, &error));
    check(diffpool_graph_new(&graph, &error));
    check(diffpool_graph_set_edges(graph, 5, from, to, 5, &error));
    diffpool_dataset_free(trained_on);
    diffpool_model_free(used);
}

static void end(void)
{
    if (error != NULL)
        check(diffpool_error_status(error));
    diffpool_graph_free(graph);
    diffpool_predictor_free(predictor);
    diffpool_session_free(session);
    diffpool_model_free(model);
    diffpool_trainer_free(trainer);
    diffpool_split_free(split);
    diffpool_dataset_free(dataset);
    diffpool_config_free(config);
}
"#;

/// One program of all examples, a function each.
fn program_of(examples: &[Example], check: &str) -> String {
    let mut text = format!("{check}{HANDLES}");
    let mut main = "\nint main(void)\n{\n".to_owned();
    for Example { name, functions, statements } in examples {
        write!(text, "\n{functions}\nstatic void example_{name}(void)\n{{\n{statements}}}\n").unwrap();
        writeln!(main, "begin(\"{name}\");\nexample_{name}();\nend();").unwrap();
    }
    text + &main + "return 0;\n}\n"
}

/// Compiles all of them and runs them.
fn run_all(examples: &[Example]) {
    let [predict, _] = programs(&committed_header());
    let check = &predict[..predict.find("int main(void)").unwrap()];
    let Some(text) = Programs::new().run("examples", &program_of(examples, check)) else { return };
    for Example { name, .. } in examples {
        assert!(text.contains(&format!("{name}:\n")), "{name} did not run:\n{text}");
    }
}

#[test]
fn every_section_has_an_example_that_compiles_and_runs() {
    run_all(&examples_of_sections());
}

#[test]
fn the_examples_of_training_compile_and_run() {
    let examples = examples_of_page("training");
    assert!(!examples.is_empty());
    run_all(&examples);
}

#[test]
#[should_panic = "levels has 0 examples and not one"]
fn a_section_without_an_example_is_noticed() {
    Example::of_section("levels", "//! Levels: what pooling made.\n//!\n//! ```text\n//! a\n//! ```\n");
}

#[test]
fn functions_of_an_example_stand_before_its_statements() {
    let code = ["static void f(void)", "{", "}", "", "if (1) {", "    f();", "}"];
    let Example { functions, statements, .. } = Example::of("log", &code);
    assert_eq!((functions.as_str(), statements.as_str()), ("static void f(void)\n{\n}\n", "\nif (1) {\n    f();\n}\n"));
}
