import { spawnSync } from 'node:child_process';
import { ResourceError } from '../../src/errors.ts';

/** A C++ compiler of this machine. */
export interface Compiler {
  readonly command: string;
  /** Arguments that come before all others: `CXX` may name some. */
  readonly args: readonly string[];
  /** What it says of itself. */
  readonly version: string;
}

const usualCommands = ['c++', 'g++', 'clang++'];

/** The compiler that `CXX` names, else the first of c++, g++ and clang++ that is there. Throws ResourceError. */
export function findCompiler(wanted: string | undefined = process.env.CXX): Compiler {
  if (process.platform === 'win32') {
    throw new ResourceError('native kernels are built on Linux and macOS; WebAssembly serves here');
  }
  if (wanted !== undefined && wanted.trim() !== '') {
    const compiler = probe(wanted.trim().split(/\s+/));
    if (compiler === undefined) {
      throw new ResourceError(`the C++ compiler that CXX names, '${wanted}', cannot be run; unset CXX to use ${usualCommands.join(', ')}`);
    }
    return compiler;
  }
  for (const command of usualCommands) {
    const compiler = probe([command]);
    if (compiler !== undefined) {
      return compiler;
    }
  }
  throw new ResourceError(
    `no C++ compiler: neither ${usualCommands.join(' nor ')} can be run, and CXX names none. ` +
      'Install GCC 10 or clang 12 or newer, or stay with WebAssembly, which needs none',
  );
}

function probe([command = '', ...args]: readonly string[]): Compiler | undefined {
  const { status, stdout } = spawnSync(command, [...args, '--version'], { encoding: 'utf8' });
  return status === 0 ? { command, args, version: stdout } : undefined;
}
