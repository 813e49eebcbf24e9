// Classifies rings and stars with a saved model: node predict.js LIBRARY MODEL. It needs the package koffi.
const koffi = require('koffi');
const library = koffi.load(process.argv[2]);
for (const handle of ['error', 'model', 'session', 'graph', 'control']) koffi.opaque(`diffpool_${handle}`);

// A declaration of the header, with _Out_ before what the function writes.
const declare = (text) => library.func(text);
const message = declare('const char *diffpool_error_message(const diffpool_error *error)');
const free = (handle) => declare(`void diffpool_${handle}_free(diffpool_${handle} *it)`);
const freeError = free('error');
const outputCount = declare('size_t diffpool_model_output_count(const diffpool_model *model)');

// A function that returns a status and takes the error last: what is no OK becomes an exception with its message.
function checked(name, parameters) {
  const call = declare(`int32_t diffpool_${name}(${parameters}, _Out_ diffpool_error **error)`);
  return (...values) => {
    const error = [null];
    if (call(...values, error) !== 0) {
      const text = message(error[0]);
      freeError(error[0]);
      throw new Error(text);
    }
  };
}
const load = checked('model_load', 'const char *path, _Out_ diffpool_model **out');
const newSession = checked('session_new', 'const diffpool_model *model, _Out_ diffpool_session **out');
const newGraph = checked('graph_new', '_Out_ diffpool_graph **out');
const setEdges = checked('graph_set_edges',
  'diffpool_graph *graph, size_t nodes, const int32_t *from, const int32_t *to, size_t edges');
const predict = checked('session_predict',
  'diffpool_session *session, const diffpool_graph *graph, const diffpool_control *control');
const copyLogits = checked('session_copy_logits',
  'const diffpool_session *session, _Out_ float *logits, size_t capacity, _Out_ size_t *needed');

const out = [null];
load(process.argv[3], out);
const model = out[0];
newSession(model, out);
const session = out[0];
newGraph(out);
const graph = out[0];
const logits = new Float32Array(Number(outputCount(model)));
for (let number = 0; number < 12; ++number) {
  const nodes = 5 + 2 * number;
  const ring = number % 2 === 0;
  const from = Int32Array.from({ length: nodes }, (_, i) => (ring ? i : 0));
  const to = Int32Array.from({ length: nodes }, (_, i) => (i + 1) % nodes);
  setEdges(graph, nodes, from, to, ring ? nodes : nodes - 1);
  predict(session, graph, null);
  copyLogits(session, logits, logits.length, [0]);
  console.log(Array.from(logits).join(' '));
}
free('graph')(graph);
free('session')(session);
free('model')(model);
try {
  load('absent.safetensors', out);
} catch (error) {
  console.error(error.message);
}
