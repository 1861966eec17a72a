import type { Options } from '../arguments.ts';
import type { Program } from '../run/child.ts';
import { tfjs, torch } from '../run/programs.ts';
import { compiled } from './compiled.ts';

/** A program that runs one task in a process of its own. */
export interface LoneProgram {
  readonly name: string;
  readonly program: (workload: string, pass: string, milliseconds: number, threads: number) => Program;
  /** Whether it takes minutes for what others do in a second. */
  readonly slow: boolean;
}

/** Ours from the compiled packages, and those of the peers asked for. */
export async function lonePrograms({ peers, python }: Options): Promise<LoneProgram[]> {
  const file = await compiled('lone');
  const own = (['wasm', 'native'] as const).map(
    (backend): LoneProgram => ({
      name: `convgrad-${backend}`,
      slow: false,
      program: (workload, pass, milliseconds, threads) => ({
        command: process.execPath,
        args: [file, workload, pass, String(milliseconds)],
        env: { CONVGRAD_BACKEND: backend, CONVGRAD_NUM_THREADS: String(threads), NODE_OPTIONS: '' },
      }),
    }),
  );
  const torchProgram: LoneProgram = {
    name: 'torch (default allocator, channels-last)',
    slow: false,
    program: (workload, pass, milliseconds, threads) =>
      torch(python, 'torch_lone.py', false, workload, pass, String(milliseconds), String(threads)),
  };
  const tfjsProgram: LoneProgram = {
    name: 'tfjs-cpu',
    slow: true,
    program: (workload, pass, milliseconds) => tfjs('tfjs_lone.mjs', 'cpu', workload, pass, String(milliseconds)),
  };
  return [...own, ...(peers.includes('torch') ? [torchProgram] : []), ...(peers.includes('tfjs') ? [tfjsProgram] : [])];
}
