import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('..', import.meta.url));

/** How a child process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program of the repository, run from its sources in a process of its own, with pipes for its output. */
export class ChildProgram {
  /** Ends what a failed test left behind. */
  static killAll(): void {
    for (const program of ChildProgram.running) program.child.kill('SIGKILL');
  }

  private static readonly running = new Set<ChildProgram>();
  stdout = '';
  stderr = '';
  /** Fulfilled when it has ended and all its output is here. */
  readonly ended: Promise<Ending>;
  private readonly child: ChildProcess;
  private readonly waiting = new Set<() => void>();

  /** @param args of Node: a file and its arguments, or options */
  constructor(...args: readonly string[]) {
    const env = { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '1' };
    const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@convgrad/source', ...args], { cwd: repository, env });
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.read(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve, reject) => child.once('error', reject).once('close', (code, signal) => resolve({ code, signal })));
    this.child = child;
    ChildProgram.running.add(this);
    child.once('close', () => ChildProgram.running.delete(this));
  }

  /** Waits until it has printed `text`; an error if it ends before. */
  async printed(text: string): Promise<void> {
    let ending: Ending | undefined;
    this.ended.then((how) => {
      ending = how;
      this.wake();
    });
    while (!this.stdout.includes(text)) {
      if (ending !== undefined) throw new Error(`ended (${ending.code ?? ending.signal}) without '${text}':\n${this.stdout}${this.stderr}`);
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  interrupt(): void {
    this.child.kill('SIGINT');
  }

  /** Closes the reading end of its standard output. */
  stopReading(): void {
    this.child.stdout?.destroy();
  }

  private read(text: string): void {
    this.stdout += text;
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
