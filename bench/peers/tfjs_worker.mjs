/*
 * tfjs_worker.mjs BACKEND: TensorFlow.js's side of the ruler; answers the requests of protocol.ts until its input ends.
 */
import { createInterface } from 'node:readline';
import { repeat } from './repeat.mjs';
import { load, runOf } from './tfjs_tasks.mjs';

const backend = process.argv[2];
const tf = await load(backend);
const runs = new Map();

const answers = {
  describe: () => ({
    implementation: `tfjs-${backend}`,
    versions: { tfjs: tf.version.tfjs },
    variant: backend === 'wasm' ? 'SIMD, one thread' : 'JavaScript',
  }),
  prepare: ({ id, workload, pass, milliseconds }) => {
    const run = runOf(tf, workload, pass);
    if (run === undefined) return { absent: `TensorFlow.js has no ${workload}` };
    runs.set(id, run);
    return { times: repeat(run, milliseconds) };
  },
  sample: ({ id, warm, milliseconds }) => {
    const run = runs.get(id);
    if (warm > 0) repeat(run, warm);
    return { times: repeat(run, milliseconds) };
  },
  release: () => {
    runs.clear();
    tf.disposeVariables();
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answer = answers[request.do];
  let text;
  try {
    text = JSON.stringify(answer === undefined ? { absent: `TensorFlow.js does not measure its ${request.do}` } : answer(request));
  } catch (error) {
    text = JSON.stringify({ absent: String(error) });
  }
  process.stdout.write(`${text}\n`);
}
