//go:build cgo

package diffpool

import (
	"context"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"testing"
	"time"
)

func TestCalibrate(t *testing.T) {
	dataset := smallDataset(t)
	model := trainSmall(t, dataset)
	predictor := must(NewPredictor(model, 2))
	defer predictor.Close()
	some := []int{3, 8, 13, 18, 23, 28, 33, 38}
	must(predictor.PredictFrom(background, dataset, []int{5}))
	embedding := must(predictor.Embeddings())
	calibrated := must(predictor.Calibrate(background, dataset, some))
	defer calibrated.Close()

	temperature, err := strconv.ParseFloat(calibrated.Metadata()["diffpool.calibration_temperature"], 64)
	if err != nil || temperature <= 0 || temperature == 1 {
		t.Fatalf("the metadata is %v", calibrated.Metadata())
	}
	before, after := evaluate(t, model, dataset, some), evaluate(t, calibrated, dataset, some)
	if !reflect.DeepEqual(after.Predictions, before.Predictions) {
		t.Errorf("before %v is predicted, then %v", before.Predictions, after.Predictions)
	}
	for i, logit := range after.Logits.Data {
		if want := float64(before.Logits.Data[i]) / temperature; math.Abs(float64(logit)-want) > 1e-5*(1+math.Abs(want)) {
			t.Errorf("logit %d is %v, want %v", i, logit, want)
		}
	}
	if after.Metric("class_loss") >= before.Metric("class_loss") {
		t.Errorf("the loss was %v, and is %v", before.Metric("class_loss"), after.Metric("class_loss"))
	}
	var known struct {
		CalibrationError float64 `json:"calibration_error"`
	}
	err = json.Unmarshal([]byte(after.JSON), &known)
	if err != nil || known.CalibrationError != after.Metric("calibration_error") {
		t.Errorf("the calibration error is %v, but as JSON it is %s", after.Metric("calibration_error"), after.JSON)
	}
	// The predictor is as it was.
	if _, has := model.Metadata()["diffpool.calibration_temperature"]; has {
		t.Error("the model itself was changed")
	}
	if again := must(predictor.Embeddings()); !reflect.DeepEqual(again, embedding) {
		t.Error("the results of the last prediction are gone")
	}
}

func TestMisuseOfCalibration(t *testing.T) {
	dataset := smallDataset(t)
	predictor := must(NewPredictor(trainSmall(t, dataset), 1))
	defer predictor.Close()
	numbers := smallDataset(t)
	if err := numbers.SetTargets(Matrix{numbers.Len(), 1, make([]float32, numbers.Len())}); err != nil {
		t.Fatal(err)
	}
	model, epoch := trainTask(t, numbers, map[string]any{"task": Regression})
	if epoch.Number == 0 {
		t.Fatal("nothing was trained")
	}
	ofNumbers := must(NewPredictor(model, 1))
	defer ofNumbers.Close()
	if e := evaluate(t, model, numbers, All); !math.IsNaN(e.Metric("calibration_error")) {
		t.Errorf("numbers have the calibration error %v", e.Metric("calibration_error"))
	}
	ended, cancel := context.WithTimeout(background, -time.Second)
	defer cancel()
	_, err := predictor.Calibrate(ended, dataset, All)
	checkEnded(t, "a calibration", err, context.DeadlineExceeded, ErrTimeout)
	calibrate := func(p *Predictor, dataset *Dataset, indices []int, options ...Option) func() error {
		return func() error { _, err := p.Calibrate(background, dataset, indices, options...); return err }
	}
	checkMisuse(t, []misuse{
		{"no such graph", calibrate(predictor, dataset, []int{77}), ErrNotFound, "77"},
		{"no graphs", calibrate(predictor, dataset, nil), ErrInvalidArgument, "no graphs"},
		{"a negative index", calibrate(predictor, dataset, []int{-1}), ErrInvalidArgument, "-1"},
		{"numbers", calibrate(ofNumbers, numbers, All), ErrUnsupported, "regression"},
		{"no data set", calibrate(predictor, nil, All), ErrNullPointer, "data set"},
		{"nil predictor", calibrate(nil, dataset, All), ErrNullPointer, "predictor"},
	})
}
