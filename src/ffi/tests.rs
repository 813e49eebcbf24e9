//! What only the inside can test: every function refuses a poisoned handle, and every handle can still be freed.

use crate::ffi;

#[path = "../../tests/declarations/mod.rs"]
mod declarations;
#[path = "../../tests/misuse/mod.rs"]
mod misuse;

use super::handle::poison;
use super::status::DiffpoolStatus;
use declarations::{committed_header, declarations};
use misuse::{Fixture, cases, outcome, places_are_untouched};

/// Poisons one handle of a fixture.
type Poison = fn(&Fixture);

/// Every type of handle as the header names it.
const KINDS: [(&str, Poison); 11] = [
    ("diffpool_config *", |f| poison(f.config)),
    ("diffpool_dataset *", |f| [f.dataset, f.attributed, f.empty].into_iter().for_each(|dataset| poison(dataset))),
    ("diffpool_split *", |f| poison(f.split)),
    ("diffpool_model *", |f| poison(f.model)),
    ("diffpool_trainer *", |f| poison(f.trainer)),
    ("diffpool_evaluation *", |f| poison(f.evaluation)),
    ("diffpool_predictor *", |f| poison(f.predictor)),
    ("diffpool_graph *", |f| poison(f.graph)),
    ("diffpool_control *", |f| poison(f.control)),
    ("diffpool_session *", |f| poison(f.session)),
    ("diffpool_dataset_writer *", |f| f.writers.into_iter().for_each(|writer| poison(writer))),
];

#[test]
fn poisoned_handles_can_only_be_freed() {
    let declarations = declarations(&committed_header());
    for (kind, poison) in KINDS {
        let (fixture, loose) = (Fixture::new(), Fixture::loose());
        let cases = cases(&fixture, &loose);
        poison(&fixture);
        poison(&loose);
        let mut tried = 0;
        for case in &cases {
            let function = declarations.iter().find(|function| function.name == case.name).unwrap();
            let takes = |(of, _): &&(String, String)| of.trim_start_matches("const ") == kind;
            let Some((_, name)) = function.parameters.iter().find(takes) else { continue };
            places_are_untouched();
            let (status, message) = outcome(|error| (case.call)(None, error));
            assert_eq!(status, DiffpoolStatus::Poisoned, "{}: {message}", case.name);
            assert_eq!(message, format!("an earlier call on {name} panicked; it can only be freed"), "{}", case.name);
            assert!(places_are_untouched(), "{}", case.name);
            tried += 1;
        }
        assert!(tried > 0, "no function takes a {kind}");
        drop(cases);
        fixture.free();
        loose.free();
    }
}
