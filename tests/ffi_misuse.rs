//! Every exported function called wrongly: a status and a message that names what is wrong, and nothing else happens.

mod declarations;
mod misuse;

use std::collections::BTreeSet;
use std::ptr::null_mut;

use declarations::{committed_header, declarations};
use diffpool::ffi;
use diffpool::ffi::status::DiffpoolStatus;
use misuse::{Fixture, MAY_BE_NULL, cases, outcome, places_are_untouched};

#[test]
fn there_is_a_case_for_every_function_that_can_fail() {
    let (fixture, loose) = (Fixture::new(), Fixture::loose());
    let tried: BTreeSet<_> = cases(&fixture, &loose).into_iter().map(|case| case.name.to_owned()).collect();
    let fallible = declarations(&committed_header()).into_iter().filter(|function| {
        function.parameters.last().is_some_and(|(_, name)| name == "error") && function.name != "diffpool_error_free"
    });
    let fallible: BTreeSet<_> =
        fallible.filter(|f| !f.name.starts_with("diffpool_error_")).map(|function| function.name).collect();
    assert_eq!(tried, fallible);
}

#[test]
fn right_calls_succeed() {
    let (fixture, loose) = (Fixture::new(), Fixture::loose());
    for case in cases(&fixture, &loose) {
        let (status, message) = outcome(|error| (case.call)(None, error));
        assert_eq!(status, DiffpoolStatus::Ok, "{}: {message}", case.name);
        assert_eq!((case.call)(None, null_mut()), DiffpoolStatus::Ok, "{}", case.name);
    }
}

#[test]
fn null_is_named_for_every_pointer() {
    let (fixture, loose) = (Fixture::new(), Fixture::loose());
    let declarations = declarations(&committed_header());
    for case in cases(&fixture, &loose) {
        let function = declarations.iter().find(|function| function.name == case.name).unwrap();
        for (at, (kind, name)) in function.parameters.iter().enumerate() {
            let optional = |&(f, p): &(&str, &str)| p == name && (f.is_empty() || f == case.name);
            let is_pointer = kind.ends_with('*') || kind.ends_with("_callback");
            if !is_pointer || MAY_BE_NULL.iter().any(optional) {
                continue;
            }
            places_are_untouched();
            let (status, message) = outcome(|error| (case.call)(Some(at), error));
            let call = format!("{} without {name}: {message}", case.name);
            assert_eq!(status, DiffpoolStatus::NullPointer, "{call}");
            assert!(message.starts_with(&format!("{name} is NULL")), "{call}");
            assert_eq!((case.call)(Some(at), null_mut()), DiffpoolStatus::NullPointer, "{call}");
            assert!(places_are_untouched(), "{call}");
        }
    }
}
