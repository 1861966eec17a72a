import { fileURLToPath } from 'node:url';
import type { Layout } from '../protocol.ts';
import type { Program } from './child.ts';

/** What is compared. */
export type Implementation = 'convgrad-wasm' | 'convgrad-native' | 'torch' | 'tfjs-cpu' | 'tfjs-wasm';
/** Peers that can be asked for. */
export const peerNames = ['torch', 'tfjs'] as const;
export type PeerName = (typeof peerNames)[number];

/** One way to run an implementation: a process, and a layout of memory in it. */
export interface Way {
  readonly implementation: Implementation;
  readonly threads: number;
  /** Whether PyTorch's allocator keeps its memory; null for the others. */
  readonly allocator: 'default' | 'kept' | null;
  readonly layouts: readonly Layout[];
  readonly program: Program;
}

/** How to install a peer, or to build a backend. */
export const remedies: Readonly<Record<Implementation, string>> = {
  'convgrad-wasm': 'npm run kernels',
  'convgrad-native': 'npm run build:native',
  torch: 'pip install torch torchvision, and name its Python: --python FILE',
  'tfjs-cpu': 'npm ci --prefix bench',
  'tfjs-wasm': 'npm ci --prefix bench',
};

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** Runs a program of ours from its sources, on a Node of the caller's choice. */
export function ours(program: string, backend: 'wasm' | 'native', threads: number, node: string = process.execPath): Program {
  return {
    command: node,
    args: ['--import', 'tsx', '--conditions=@convgrad/source', '--expose-gc', file(`../workers/${program}`)],
    env: { CONVGRAD_BACKEND: backend, CONVGRAD_NUM_THREADS: String(threads), NODE_OPTIONS: '' },
  };
}

/** A PyTorch program; without the settings of OpenBLAS that this process may have, which hide what the processor can do. */
export function torch(python: string, program: string, kept: boolean, ...args: readonly string[]): Program {
  const keeping = kept ? { MALLOC_MMAP_THRESHOLD_: '4000000000', MALLOC_TRIM_THRESHOLD_: '8000000000' } : {};
  return {
    command: python,
    args: [file(`../peers/${program}`), ...args],
    env: { OPENBLAS_CORETYPE: undefined, OPENBLAS_L2_SIZE: undefined, OMP_NUM_THREADS: undefined, ...keeping },
  };
}

/** A TensorFlow.js program; in Node it has one thread. */
export function tfjs(program: string, backend: 'cpu' | 'wasm', ...args: readonly string[]): Program {
  return { command: process.execPath, args: [file(`../peers/${program}`), backend, ...args], env: { NODE_OPTIONS: '' } };
}

/** Every way to run ours and the peers asked for. */
export function ways(peers: readonly PeerName[], threads: readonly number[], python: string): Way[] {
  const own = threads.flatMap((count) =>
    (['wasm', 'native'] as const).map(
      (backend): Way => ({
        implementation: `convgrad-${backend}`,
        threads: count,
        allocator: null,
        layouts: ['contiguous'],
        program: ours('convgrad.ts', backend, count),
      }),
    ),
  );
  const torchWays = threads.flatMap((count) =>
    (['default', 'kept'] as const).map(
      (allocator): Way => ({
        implementation: 'torch',
        threads: count,
        allocator,
        layouts: ['contiguous', 'channels-last'],
        program: torch(python, 'torch_worker.py', allocator === 'kept', String(count)),
      }),
    ),
  );
  const tfjsWays = (['cpu', 'wasm'] as const).map(
    (backend): Way => ({
      implementation: `tfjs-${backend}`,
      threads: 1,
      allocator: null,
      layouts: ['contiguous'],
      program: tfjs('tfjs_worker.mjs', backend),
    }),
  );
  return [...own, ...(peers.includes('torch') ? torchWays : []), ...(peers.includes('tfjs') ? tfjsWays : [])];
}
