//go:build cgo

package diffpool

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
)

func TestMetadata(t *testing.T) {
	model := must(trainSmall(t, smallDataset(t)).Clone())
	defer model.Close()
	fingerprint := model.Fingerprint()
	if err := firstError(model.SetMetadata("owner", "me"), model.SetMetadata("gone", "x"), model.RemoveMetadata("gone"),
		model.RemoveMetadata("never there")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model")
	if err := model.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded := must(LoadModel(path))
	defer loaded.Close()
	metadata := loaded.Metadata()
	if _, has := metadata["gone"]; has || metadata["owner"] != "me" || metadata["diffpool.metric"] != "accuracy" {
		t.Errorf("the metadata is %v", metadata)
	}
	if loaded.Fingerprint() != fingerprint || len(fingerprint) != 64 {
		t.Errorf("the fingerprint was %q and is %q", fingerprint, loaded.Fingerprint())
	}
	var header struct {
		Schema   struct{ Task string }
		Metadata map[string]string
	}
	if err := json.Unmarshal([]byte(must(PeekModel(path))), &header); err != nil || header.Schema.Task != Multiclass ||
		header.Metadata["owner"] != "me" {
		t.Errorf("the header is %+v, %v", header, err)
	}
	var schema struct{ Classes []string }
	if err := json.Unmarshal([]byte(must(loaded.SchemaJSON())), &schema); err != nil || len(schema.Classes) != 2 {
		t.Errorf("the schema is %+v, %v", schema, err)
	}
	checkMisuse(t, []misuse{
		{"key of training", func() error { return model.SetMetadata("diffpool.x", "y") }, ErrInvalidArgument, "diffpool.x"},
		{"key with a zero", func() error { return model.SetMetadata("a\x00", "y") }, ErrInvalidArgument, "zero byte"},
		{"value with a zero", func() error { return model.SetMetadata("a", "y\x00") }, ErrInvalidArgument, "zero byte"},
		{"nil model", func() error { return (*Model)(nil).RemoveMetadata("a") }, ErrNullPointer, "model"},
		{"no file", func() error { _, err := PeekModel("/no/such/file"); return err }, ErrIO, "/no/such/file"},
	})
}

func TestNamesOfFeaturesAndClasses(t *testing.T) {
	dataset := pathDataset(t)
	if err := dataset.SetFeatureNames("mass", "charge"); err != nil {
		t.Fatal(err)
	}
	model := trainSmall(t, dataset)
	other := must(NewDataset("other", DatasetOptions{}))
	defer other.Close()
	if err := firstError(other.Add(pathCSR, 1), other.SetClassNames("other", "plain"), other.AlignClasses(model)); err != nil {
		t.Fatal(err)
	}
	if must(other.Class(0)) != 0 || other.ClassName(0) != "plain" {
		t.Errorf("class %d is %q first", must(other.Class(0)), other.ClassName(0))
	}
	if err := other.SetFeatureNames("charge", "mass"); err != nil {
		t.Fatal(err)
	}
	predictor := must(NewPredictor(model, 1))
	defer predictor.Close()
	if _, err := predictor.Evaluate(background, other, All); err == nil {
		t.Error("features of other names were taken")
	}
	if err := other.SetFeatureNames("one"); !errors.Is(err, ErrShapeMismatch) {
		t.Errorf("too few names: %v", err)
	}
	if err := other.SetFeatureNames("a", "a"); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("a name twice: %v", err)
	}
	if err := other.AlignClasses(nil); !errors.Is(err, ErrNullPointer) {
		t.Errorf("the classes of no model: %v", err)
	}
	if err := other.SetClassNames("plain", "strange"); err != nil {
		t.Fatal(err)
	}
	if err := firstError(other.Add(pathCSR, 1), other.AlignClasses(model)); !errors.Is(err, ErrInvalidGraph) {
		t.Errorf("a class that the model does not know: %v", err)
	}
}
