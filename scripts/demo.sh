#!/bin/sh
# The whole path on real graphs: train from C++, save, load in a second C++ program and in Go, compare the predictions.
#
# Read from the environment, all optional: DATA (a folder in TU format), EPOCHS, SEED, THREADS (0 = all cores),
# SECONDS_LIMIT (training stops cleanly after this long).
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

seed=${SEED:-1}
out=build/demo
model=$out/model.safetensors
held_out=$out/held_out.txt

scripts/setup.sh native

# Afterwards "$@" names the data in the options that every program understands.
choose_data() {
    if [ -n "${DATA:-}" ]; then
        [ -d "$DATA" ] || fail "DATA=$DATA is not a folder"
        set_data --data "$DATA"
        return
    fi
    say 'Getting MUTAG (188 molecules, 2 classes)'
    status=0
    folder=$(scripts/fetch_mutag.sh) || status=$?
    case $status in
        0) set_data --data "$folder" ;;
        2)
            echo
            echo 'MUTAG could not be fetched, see above. The demo goes on with synthetic graphs that the library makes:'
            echo 'Barabasi-Albert graphs against two joined ones, as in the code of the authors of the paper.'
            set_data --synthetic ba --graphs 200
            ;;
        *) exit "$status" ;;
    esac
}

set_data() {
    data_option=$1
    data_value=$2
    graphs_option=${3:-}
    graphs_value=${4:-}
}

choose_data
set -- "$data_option" "$data_value" ${graphs_option:+"$graphs_option" "$graphs_value"}

say 'Building the library (release) and the C++ and Go programs'
scripts/build.sh
scripts/build_programs.sh train_save load_predict
mkdir -p "$out"

say 'C++: training'
build/cpp/train_save "$@" --epochs "${EPOCHS:-150}" --seed "$seed" --threads "${THREADS:-0}" \
    --seconds "${SECONDS_LIMIT:-80}" --held-out "$held_out" --output "$model"

say 'C++ and Go: the saved model predicts the held-out graphs'
build/cpp/load_predict "$@" --only "$held_out" --model "$model" >"$out/cpp.txt"
build/go/predict "$@" --only "$held_out" --model "$model" >"$out/go.txt"
side_by_side() {
    width=$(awk 'length > longest { longest = length } END { print longest }' "$out/cpp.txt")
    paste -d '\t' "$out/cpp.txt" "$out/go.txt" | awk -F '\t' -v width="$width" '
        function row(left, right) { printf "%-" width "s | %s\n", left, right }
        BEGIN { row("C++ (load_predict)", "Go (bindings/go/cmd/predict)") }
        { row($1, $2) }
    '
}
rows=12
side_by_side | head -n "$((rows + 2))"
shown=$(($(wc -l <"$out/cpp.txt") - 2))
[ "$shown" -le "$rows" ] || echo "... and $((shown - rows)) more in $out/cpp.txt and $out/go.txt"

say 'C++ and Go: the logits of every graph, compared bit for bit'
build/cpp/load_predict "$@" --hex --model "$model" >"$out/cpp.hex"
build/go/predict "$@" --hex --model "$model" >"$out/go.hex"
if ! cmp -s "$out/cpp.hex" "$out/go.hex"; then
    diff "$out/cpp.hex" "$out/go.hex" | head -n 10
    fail "C++ and Go do NOT give the same bits: see $out/cpp.hex and $out/go.hex"
fi
[ -s "$out/cpp.hex" ] || fail "$out/cpp.hex is empty: nothing was compared"
echo "the same bits: $(wc -l <"$out/cpp.hex") graphs, C++ and Go agree in every logit"
echo "the model is in $model"
