import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Absent, Answers, Request } from '../protocol.ts';

/** A program to start, with what it needs in its environment; an undefined variable is taken away. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A worker that answers requests, one after the other. */
export class Child {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  readonly #waiting: ((line: string | null) => void)[] = [];
  #errors = '';
  #ended = false;

  constructor({ command, args, env }: Program) {
    const all: NodeJS.ProcessEnv = { ...process.env, ...env };
    this.#child = spawn(command, [...args], { env: all, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#lines.on('line', (line) => this.#waiting.shift()?.(line));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-4000);
    });
    // A worker that died while it was written to is reported by the answer that never comes.
    this.#child.stdin.on('error', () => undefined);
    const end = (error?: Error) => {
      if (error !== undefined) this.#errors += `${error.message}\n`;
      this.#ended = true;
      for (const answer of this.#waiting.splice(0)) answer(null);
    };
    this.#child.once('error', end).once('close', () => end());
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The worker's answer; an absence with its last words if it ended instead. */
  async ask<R extends Request>(request: R): Promise<Answers[R['do']] | Absent> {
    if (this.#ended) return { absent: this.#lastWords() };
    const line = await new Promise<string | null>((resolve) => {
      this.#waiting.push(resolve);
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    });
    return line === null ? { absent: this.#lastWords() } : JSON.parse(line);
  }

  /** Ends the worker, and waits until it has ended. */
  async close(): Promise<void> {
    if (this.#ended) return;
    await new Promise<void>((resolve) => {
      this.#child.once('close', () => resolve());
      this.#child.stdin.end();
    });
  }

  #lastWords(): string {
    const lines = this.#errors.trim().split('\n');
    return lines.findLast((line) => /error|cannot|no module/i.test(line)) ?? lines.at(-1) ?? 'the worker ended';
  }
}

/** Whether an answer says that there is nothing. */
export function isAbsent(answer: object): answer is Absent {
  return 'absent' in answer;
}
