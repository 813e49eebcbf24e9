package diffpool

// #include <diffpool.h>
import "C"

// ClusterDiagnostics says what the assignment of a pooling level does with the nodes: whether its clusters collapse.
// The header of the library has the formulas. Over several graphs each number is their mean.
type ClusterDiagnostics struct {
	// ClustersInUse counts clusters that are the first choice of at least one node.
	ClustersInUse float64
	// EffectiveClusters is over how many clusters of equal size the nodes are spread.
	EffectiveClusters float64
	// Entropy of the assignments of the nodes, in nats, and as a share of the largest possible.
	Entropy         float64
	RelativeEntropy float64
	// EdgesInside is the share of the edges that stay inside clusters, and Modularity how much larger it is than by
	// chance.
	EdgesInside float64
	Modularity  float64
}

// readDiagnostics asks for one kind of number after the other.
func readDiagnostics(get func(kind C.uint32_t) (float64, error)) (ClusterDiagnostics, error) {
	var result ClusterDiagnostics
	var err error
	for _, place := range []struct {
		kind  C.uint32_t
		value *float64
	}{
		{C.DIFFPOOL_DIAGNOSTIC_CLUSTERS_IN_USE, &result.ClustersInUse},
		{C.DIFFPOOL_DIAGNOSTIC_EFFECTIVE_CLUSTERS, &result.EffectiveClusters},
		{C.DIFFPOOL_DIAGNOSTIC_ENTROPY, &result.Entropy},
		{C.DIFFPOOL_DIAGNOSTIC_RELATIVE_ENTROPY, &result.RelativeEntropy},
		{C.DIFFPOOL_DIAGNOSTIC_EDGES_INSIDE, &result.EdgesInside},
		{C.DIFFPOOL_DIAGNOSTIC_MODULARITY, &result.Modularity},
	} {
		if *place.value, err = get(place.kind); err != nil {
			return ClusterDiagnostics{}, err
		}
	}
	return result, nil
}

// Diagnostics says what the assignment of a level, counted from 0, does with the nodes of the last predicted graph.
func (s *Session) Diagnostics(level int) (ClusterDiagnostics, error) {
	index, err := toSize("the level", level)
	if err != nil {
		return ClusterDiagnostics{}, err
	}
	return whileReading(s, func(session *C.diffpool_session) (ClusterDiagnostics, error) {
		return readDiagnostics(func(kind C.uint32_t) (float64, error) {
			return numberOf(func(out *C.double, failure *cError) cStatus {
				return C.diffpool_session_diagnostic(session, index, kind, out, failure)
			})
		})
	})
}

// evaluationClusters reads every pooling level of an evaluation.
func evaluationClusters(evaluation *C.diffpool_evaluation) ([]ClusterDiagnostics, error) {
	levels, err := sizeOf(func(out *C.size_t, failure *cError) cStatus {
		return C.diffpool_evaluation_levels(evaluation, out, failure)
	})
	if err != nil {
		return nil, err
	}
	clusters := make([]ClusterDiagnostics, levels)
	for level := range clusters {
		clusters[level], err = readDiagnostics(func(kind C.uint32_t) (float64, error) {
			return numberOf(func(out *C.double, failure *cError) cStatus {
				return C.diffpool_evaluation_diagnostic(evaluation, C.size_t(level), kind, out, failure)
			})
		})
		if err != nil {
			return nil, err
		}
	}
	return clusters, nil
}

// epochClusters reads every pooling level of an epoch: of the graphs trained on, or of the validation graphs.
func epochClusters(epoch *C.diffpool_epoch, validation bool) []ClusterDiagnostics {
	clusters := make([]ClusterDiagnostics, toInt(C.diffpool_epoch_levels(epoch)))
	for level := range clusters {
		// An epoch has the numbers or NaN in their place, so that there is no error.
		clusters[level], _ = readDiagnostics(func(kind C.uint32_t) (float64, error) {
			if validation {
				return float64(C.diffpool_epoch_validation_diagnostic(epoch, C.size_t(level), kind)), nil
			}
			return float64(C.diffpool_epoch_diagnostic(epoch, C.size_t(level), kind)), nil
		})
	}
	return clusters
}
