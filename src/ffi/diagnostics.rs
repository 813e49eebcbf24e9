//! Diagnostics: what the assignment of a pooling level does with the nodes.
//!
//! Clusters can collapse: all nodes go to one, or every node goes to all of them alike. The loss does not tell; these
//! numbers do. They are kept for every epoch of training, of the graphs trained on and of the validation graphs, unless
//! the key `diagnostics` is off; of an evaluation, likewise; and of the last prediction of a session. There is one of
//! each kind for each pooling level, a mean over the graphs. n nodes go to k clusters, s_ij is the share of node i that
//! goes to cluster j, and a_ij the weight of the edge from i to j:
//!
//! ```text
//! "clusters_in_use"      clusters that are the first choice of at least one node; 1 if all nodes choose the same
//! "effective_clusters"   exp(-sum_j p_j ln p_j), p_j being the mean of s_ij over the nodes: over how many clusters of
//!                        equal size the nodes are spread; from 1 to k
//! "entropy"              mean over the nodes of -sum_j s_ij ln s_ij: 0 if all nodes are sure, ln k if none knows
//! "relative_entropy"     the same divided by ln k; 0 if k is 1
//! "edges_inside"         share of the edges, by weight, that stay inside clusters: sum_ij a_ij (s_i . s_j) / m, m is
//!                        the sum of all a_ij
//! "modularity"           how much larger that share is than if edges were drawn by the degrees of the nodes alone:
//!                        edges_inside - sum_ij out_i in_j (s_i . s_j) / m^2; 0 if all nodes are in one cluster
//! ```
//!
//! The nodes of a level after the first are the clusters before, its edges the pooled adjacency with the diagonal. The
//! last two leave out graphs without edges, or whose weights do not have a positive sum; they are 0 if all are such.
//!
//! ```c
//! check(diffpool_session_predict(session, graph, NULL, &error));
//! for (size_t level = 0; level < diffpool_model_level_count(model); level++)
//!     if (diffpool_session_diagnostic(session, level, "effective_clusters") < 1.5)
//!         printf("almost all nodes of level %u are in one cluster\n", (unsigned)level);
//! ```

use std::ffi::c_char;

use super::arguments::text;
use super::epoch::DiffpoolEpoch;
use super::evaluation::DiffpoolEvaluation;
use super::handle::look;
use super::session::DiffpoolSession;
use crate::model::ClusterDiagnostics;

/// The number of pooling levels whose clusters were looked at in the epoch: 0 for NULL, for a flat model, and if the
/// key `diagnostics` is off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_level_count(epoch: *const DiffpoolEpoch) -> usize {
    // SAFETY: by the header's rules it is NULL or a live epoch.
    unsafe { DiffpoolEpoch::record(epoch) }.map_or(0, |record| record.clusters.len())
}

/// A number on the clusters of a level, from 0, by its name, while the epoch's graphs were trained on; with
/// "validation_" before the name, of the validation graphs after the epoch. NaN for NULL, and if there is no such level
/// or number.
///
/// Ownership: `name` is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_diagnostic(
    epoch: *const DiffpoolEpoch,
    level: usize,
    name: *const c_char,
) -> f64 {
    // SAFETY: by the header's rules the epoch is NULL or live, and the name NULL or a string.
    let (record, name) = unsafe { (DiffpoolEpoch::record(epoch), text(name, "name")) };
    let Some((record, name)) = record.zip(name.ok()) else { return f64::NAN };
    let (clusters, name) = match name.strip_prefix("validation_") {
        Some(name) => (&record.validation_clusters, name),
        None => (&record.clusters, name),
    };
    pick(clusters.get(level), name)
}

/// The number of pooling levels whose clusters were looked at in the evaluation: 0 for a flat model, and if the key
/// `diagnostics` of the model is off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_level_count(evaluation: *const DiffpoolEvaluation) -> usize {
    // SAFETY: by the header's rules it is NULL or a live handle.
    unsafe { look(evaluation, 0, |evaluation| evaluation.clusters.len()) }
}

/// A number on the clusters of a level, from 0, by its name, over the graphs of an evaluation. NaN if there is no such
/// level or number.
///
/// Ownership: `name` is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_diagnostic(
    evaluation: *const DiffpoolEvaluation,
    level: usize,
    name: *const c_char,
) -> f64 {
    // SAFETY: by the header's rules the handle is NULL or live, and the name NULL or a string.
    unsafe {
        let Ok(name) = text(name, "name") else { return f64::NAN };
        look(evaluation, f64::NAN, |evaluation| pick(evaluation.clusters.get(level), name))
    }
}

/// A number on the clusters of a level, from 0, by its name, in the last prediction. NaN if there is none, and if there
/// is no such level or number. It is computed when it is asked for, so that a prediction takes no time for it.
///
/// Ownership: `name` is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_diagnostic(
    session: *const DiffpoolSession,
    level: usize,
    name: *const c_char,
) -> f64 {
    // SAFETY: by the header's rules the handle is NULL or live, and the name NULL or a string.
    unsafe {
        let Ok(name) = text(name, "name") else { return f64::NAN };
        look(session, f64::NAN, |session| pick(session.diagnostics(level).ok().as_ref(), name))
    }
}

/// The number of this name, NaN where there is none.
fn pick(clusters: Option<&ClusterDiagnostics>, name: &str) -> f64 {
    clusters.and_then(|clusters| clusters.number(name)).unwrap_or(f64::NAN)
}
