//go:build cgo

package diffpool

// #include <diffpool.h>
import "C"

// SetMetadata gives a key of what is written down with the model a value. It is kept in the file of the model, and no
// prediction depends on it. Keys that begin with "diffpool." are written by training.
func (m *Model) SetMetadata(key, value string) error {
	text, err := toText("the value", value)
	if err != nil {
		return err
	}
	return m.setMetadata(key, text)
}

// RemoveMetadata takes a key away, whether it is there or not.
func (m *Model) RemoveMetadata(key string) error {
	return m.setMetadata(key, nil)
}

func (m *Model) setMetadata(key string, value *C.char) error {
	name, err := toText("the key", key)
	if err != nil {
		return err
	}
	return change(m, func(model *C.diffpool_model, failure *cError) cStatus {
		return C.diffpool_model_set_metadata(model, name, value, failure)
	})
}

// Metadata returns everything that is written down with the model, such as how it was trained; nil for a closed model.
func (m *Model) Metadata() map[string]string {
	return peek(m, func(model *C.diffpool_model) map[string]string {
		metadata := map[string]string{}
		for i := C.size_t(0); i < C.diffpool_model_metadata_count(model); i++ {
			key := C.diffpool_model_metadata_key(model, i)
			metadata[C.GoString(key)] = C.GoString(C.diffpool_model_metadata(model, key))
		}
		return metadata
	})
}

// SchemaJSON returns what the model expects of a graph and says of it, as a JSON object.
func (m *Model) SchemaJSON() (string, error) {
	return readText(m, func(model *C.diffpool_model, out **C.char, failure *cError) cStatus {
		return C.diffpool_model_schema_json(model, out, failure)
	})
}

// Fingerprint returns the SHA-256 of all that determines predictions, as 64 hexadecimal digits: equal models have equal
// ones. It is empty for a closed model.
func (m *Model) Fingerprint() string {
	return peek(m, func(model *C.diffpool_model) string { return C.GoString(C.diffpool_model_fingerprint(model)) })
}

// PeekModel reads the header of a model file and nothing else, as a JSON object: what [Model.SchemaJSON], [Config.JSON]
// and [Model.Metadata] say. It is not checked against the weights.
func PeekModel(path string) (string, error) {
	text, err := toText("the path", path)
	if err != nil {
		return "", err
	}
	return textOf(func(out **C.char, failure *cError) cStatus { return C.diffpool_model_peek_json(text, out, failure) })
}

// SetFeatureNames names the features of a node. The names go with the data set, and with the model that is trained on
// it, which refuses data sets whose features have other names.
func (d *Dataset) SetFeatureNames(names ...string) error {
	return withNames(names, func(array **C.char, count C.size_t) error {
		return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
			return C.diffpool_dataset_set_feature_names(dataset, array, count, failure)
		})
	})
}

// AlignClasses numbers the classes of the data set as a model does, by their names.
func (d *Dataset) AlignClasses(model *Model) error {
	_, err := whileReading(model, func(model *C.diffpool_model) (nothing, error) {
		return nothing{}, change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
			return C.diffpool_dataset_align_classes(dataset, model, failure)
		})
	})
	return err
}
