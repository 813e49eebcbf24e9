//! Diagnostics of the clusters: what the assignment of a pooling level does with the nodes.
//!
//! Clusters can collapse: all nodes go to one, or every node goes to all of them alike. The loss does not tell; these
//! numbers do. They are kept for every epoch of training, of the graphs trained on and of the validation graphs, unless
//! the key `diagnostics` is off; of an evaluation, likewise; and of the last prediction of a session. There is one of
//! each kind for each pooling level, a mean over the graphs. n nodes go to k clusters, s_ij is the share of node i that
//! goes to cluster j, and a_ij the weight of the edge from i to j:
//!
//! ```text
//! CLUSTERS_IN_USE        clusters that are the first choice of at least one node; 1 if all nodes choose the same
//! EFFECTIVE_CLUSTERS     exp(-sum_j p_j ln p_j), p_j being the mean of s_ij over the nodes: over how many clusters of
//!                        equal size the nodes are spread; from 1 to k
//! ENTROPY                mean over the nodes of -sum_j s_ij ln s_ij: 0 if all nodes are sure, ln k if none knows
//! RELATIVE_ENTROPY       the same divided by ln k; 0 if k is 1
//! EDGES_INSIDE           share of the edges, by weight, that stay inside clusters: sum_ij a_ij (s_i . s_j) / m, m is
//!                        the sum of all a_ij
//! MODULARITY             how much larger that share is than if edges were drawn by the degrees of the nodes alone:
//!                        EDGES_INSIDE - sum_ij out_i in_j (s_i . s_j) / m^2; 0 if all nodes are in one cluster
//! ```
//!
//! The nodes of a level after the first are the clusters before, its edges the pooled adjacency with the diagonal. The
//! last two leave out graphs without edges, or whose weights do not have a positive sum; they are 0 if all are such.

use super::arguments::output;
use super::epoch::DiffpoolEpoch;
use super::error::DiffpoolError;
use super::evaluation::DiffpoolEvaluation;
use super::guard::guard;
use super::session::DiffpoolSession;
use super::status::DiffpoolStatus;
use crate::error::{Result, bail, error};
use crate::model::ClusterDiagnostics;

/// A kind of diagnostic: clusters that are the first choice of at least one node.
pub const DIFFPOOL_DIAGNOSTIC_CLUSTERS_IN_USE: u32 = 0;

/// A kind of diagnostic: over how many clusters of equal size the nodes are spread.
pub const DIFFPOOL_DIAGNOSTIC_EFFECTIVE_CLUSTERS: u32 = 1;

/// A kind of diagnostic: mean entropy of the assignments of the nodes, in nats.
pub const DIFFPOOL_DIAGNOSTIC_ENTROPY: u32 = 2;

/// A kind of diagnostic: the same as a share of the largest possible.
pub const DIFFPOOL_DIAGNOSTIC_RELATIVE_ENTROPY: u32 = 3;

/// A kind of diagnostic: share of the edges inside clusters.
pub const DIFFPOOL_DIAGNOSTIC_EDGES_INSIDE: u32 = 4;

/// A kind of diagnostic: modularity.
pub const DIFFPOOL_DIAGNOSTIC_MODULARITY: u32 = 5;

/// The number of pooling levels whose clusters were looked at in the epoch: 0 for NULL, for a flat model, and if the
/// key `diagnostics` is off.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_levels(epoch: *const DiffpoolEpoch) -> usize {
    // SAFETY: by the header's rules it is NULL or a live epoch.
    unsafe { DiffpoolEpoch::record(epoch) }.map_or(0, |record| record.clusters.len())
}

/// A number on the clusters of a level, from 0, while the epoch's graphs were trained on. `diagnostic` is one of
/// DIFFPOOL_DIAGNOSTIC_*. NaN for NULL, or if there is no such level or kind.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_diagnostic(epoch: *const DiffpoolEpoch, level: usize, diagnostic: u32) -> f64 {
    // SAFETY: by the header's rules it is NULL or a live epoch.
    let record = unsafe { DiffpoolEpoch::record(epoch) };
    record.and_then(|record| record.clusters.get(level)).and_then(|own| pick(own, diagnostic)).unwrap_or(f64::NAN)
}

/// The same of the validation graphs after the epoch; NaN also if there are none.
///
/// Threads: any; `epoch` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_epoch_validation_diagnostic(
    epoch: *const DiffpoolEpoch,
    level: usize,
    diagnostic: u32,
) -> f64 {
    // SAFETY: by the header's rules it is NULL or a live epoch.
    let record = unsafe { DiffpoolEpoch::record(epoch) };
    let clusters = record.and_then(|record| record.validation_clusters.get(level));
    clusters.and_then(|own| pick(own, diagnostic)).unwrap_or(f64::NAN)
}

/// The number of pooling levels whose clusters were looked at in the evaluation: 0 for a flat model, and if the key
/// `diagnostics` of the model is off.
///
/// Threads: any; `evaluation` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_levels(
    evaluation: *const DiffpoolEvaluation,
    levels: *mut usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (evaluation, levels) = unsafe { (call.read(evaluation, "evaluation")?, output(levels, "levels")?) };
        levels.put(evaluation.clusters.len());
        Ok(())
    })
}

/// A number on the clusters of a level, from 0, over the graphs of an evaluation. `diagnostic` is one of
/// DIFFPOOL_DIAGNOSTIC_*.
///
/// Fails: NOT_FOUND if there is no such level; INVALID_ARGUMENT if there is no such kind.
///
/// Threads: any; `evaluation` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_evaluation_diagnostic(
    evaluation: *const DiffpoolEvaluation,
    level: usize,
    diagnostic: u32,
    value: *mut f64,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (evaluation, value) = unsafe { (call.read(evaluation, "evaluation")?, output(value, "value")?) };
        let levels = evaluation.clusters.len();
        let clusters = evaluation.clusters.get(level).ok_or_else(|| {
            error!(NotFound, "level is {level}, but the evaluation has diagnostics of {levels} pooling levels")
        })?;
        value.put(known(clusters, diagnostic)?);
        Ok(())
    })
}

/// A number on the clusters of a level, from 0, in the last prediction. `diagnostic` is one of DIFFPOOL_DIAGNOSTIC_*.
/// It is computed when it is asked for, so that a prediction takes no time for it.
///
/// Fails: INVALID_STATE before a prediction; NOT_FOUND if there is no such level; INVALID_ARGUMENT if there is no such
/// kind.
///
/// Threads: any; `session` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_session_diagnostic(
    session: *const DiffpoolSession,
    level: usize,
    diagnostic: u32,
    value: *mut f64,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (session, value) = unsafe { (call.read(session, "session")?, output(value, "value")?) };
        value.put(known(&session.diagnostics(level)?, diagnostic)?);
        Ok(())
    })
}

/// The number of a kind, if there is such a kind.
fn pick(clusters: &ClusterDiagnostics, diagnostic: u32) -> Option<f64> {
    match diagnostic {
        DIFFPOOL_DIAGNOSTIC_CLUSTERS_IN_USE => Some(clusters.clusters_in_use),
        DIFFPOOL_DIAGNOSTIC_EFFECTIVE_CLUSTERS => Some(clusters.effective_clusters),
        DIFFPOOL_DIAGNOSTIC_ENTROPY => Some(clusters.entropy),
        DIFFPOOL_DIAGNOSTIC_RELATIVE_ENTROPY => Some(clusters.relative_entropy),
        DIFFPOOL_DIAGNOSTIC_EDGES_INSIDE => Some(clusters.edges_inside),
        DIFFPOOL_DIAGNOSTIC_MODULARITY => Some(clusters.modularity),
        _ => None,
    }
}

/// The number of a kind, or an error that names the kind.
fn known(clusters: &ClusterDiagnostics, diagnostic: u32) -> Result<f64> {
    let Some(value) = pick(clusters, diagnostic) else {
        bail!(InvalidArgument, "diagnostic is {diagnostic}, but must be from 0 to {DIFFPOOL_DIAGNOSTIC_MODULARITY}");
    };
    Ok(value)
}
