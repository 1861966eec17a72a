/*
 * TensorFlow.js on one of its backends, and the tasks that it can do.
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { layersOf } from './tfjs_layers.mjs';
import { netOf } from './tfjs_nets.mjs';

const require = createRequire(import.meta.url);
/** Its advice to use tfjs-node goes nowhere. */
console.warn = () => undefined;
console.log = () => undefined;

/** Loads TensorFlow.js on a backend, 'cpu' or 'wasm'. */
export async function load(backend) {
  const tf = require('@tensorflow/tfjs');
  if (backend === 'wasm') {
    const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend ${backend}`);
  await tf.ready();
  return tf;
}

/** The function to time; undefined where it has no such layer or net. */
export function runOf(tf, workload, pass) {
  const layer = layersOf(tf)[workload];
  if (layer === undefined) return netOf(tf, workload)?.[pass];
  const { leaves, compute } = layer;
  const inputs = leaves.map((shape) => tf.randomNormal(shape, 0, 0.5));
  if (pass === 'forward') return () => tf.dispose(tf.tidy(() => compute(...inputs)));
  const output = tf.tidy(() => compute(...inputs));
  const gradOutput = tf.randomNormal(output.shape);
  output.dispose();
  const gradients = tf.grads(compute);
  return () => tf.dispose(tf.tidy(() => gradients(inputs, gradOutput)));
}
