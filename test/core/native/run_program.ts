import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a program ended. */
export interface Ending {
  readonly code: number;
  readonly output: string;
  readonly messages: string;
}

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs one of `programs/` to its end in a process of its own, with these settings of convgrad's and no others. */
export function runProgram(program: string, settings: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ending> {
  const path = fileURLToPath(new URL(`programs/${program}`, import.meta.url));
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CONVGRAD_')));
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', '--conditions=@convgrad/source', path, ...args],
      { cwd: repository, env: { ...env, NODE_OPTIONS: '', ...settings } },
      (error, output, messages) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, output, messages }),
    );
  });
}
