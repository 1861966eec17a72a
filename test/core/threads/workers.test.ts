import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ArgumentError, arange, getNumThreads, setNumThreads } from '@convgrad/core';
import { tasksRun } from '@convgrad/core/kernels';
import { expect } from 'chai';

interface Ending {
  readonly code: number | null;
  readonly output: string;
  readonly messages: string;
}

/** Runs one of the programs to its end, as a user would: in a process of its own. */
function run(program: string, manner: string, env: Readonly<Record<string, string>> = {}): Promise<Ending> {
  const path = fileURLToPath(new URL(`programs/${program}`, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@convgrad/source', path, manner], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, messages] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    messages += data.toString();
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output, messages })));
}

const everyone = [true, true, true, true];
const nobodyElse = [true, false, false, false];

describe('worker threads', () => {
  it('all take part, and do not keep the process alive', async () => {
    const { code, output, messages } = await run('launches.ts', 'plain');
    expect(messages).to.equal('');
    expect(code).to.equal(0);
    expect(JSON.parse(output)).to.include({ correct: true }).and.to.deep.include({ ran: everyone });
  });

  it('end with process.exit', async () => {
    const { code, output } = await run('launches.ts', 'process.exit');
    expect(code).to.equal(7);
    expect(JSON.parse(output)).to.deep.include({ correct: true, ran: everyone });
  });

  it('are started without the loaders and options of the program', async () => {
    const { code, output } = await run('launches.ts', 'plain', { NODE_OPTIONS: '--import tsx' });
    expect(code).to.equal(0);
    expect(JSON.parse(output)).to.deep.include({ correct: true, ran: everyone });
  });

  // Of WebAssembly, whose threads are workers of Node's.
  for (const manner of ['terminated workers', 'terminated workers, awaited']) {
    it(`may be lost at any time: ${manner}`, async () => {
      const { code, output, messages } = await run('launches.ts', manner, { CONVGRAD_BACKEND: 'wasm' });
      expect(messages).to.equal('');
      expect(code).to.equal(0);
      expect(JSON.parse(output)).to.deep.equal({ correct: true, ran: everyone, workers: 3 });
    });
  }

  for (const manner of ['no workers', 'workers that fail']) {
    it(`are not needed: ${manner}`, async () => {
      const { code, output, messages } = await run('launches.ts', manner, { CONVGRAD_BACKEND: 'wasm' });
      expect(messages).to.equal('');
      expect(code).to.equal(0);
      expect(JSON.parse(output)).to.deep.include({ correct: true, ran: nobodyElse });
    });
  }

  it("work for a program in a worker thread of the user's", async () => {
    const { code, output } = await run('outside.mjs', 'plain');
    expect(code).to.equal(0);
    expect(JSON.parse(output)).to.deep.include({ correct: true, ran: everyone });
  });

  it("end with a worker thread of the user's that is terminated in the middle of its work", async () => {
    const { code, output } = await run('outside.mjs', 'endless');
    expect(code).to.equal(0);
    expect(JSON.parse(output)).to.deep.include({ correct: true, ran: everyone });
  });
});

describe('the number of threads', () => {
  const usual = getNumThreads();
  afterEach(() => setNumThreads(usual));

  it('is what was set last', () => {
    setNumThreads(3);
    expect(getNumThreads()).to.equal(3);
    expect(tasksRun()).to.have.length(3);
  });

  it('is a whole number from 1 to 256', () => {
    for (const threads of [0, -1, 1.5, 257, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => setNumThreads(threads)).to.throw(
        ArgumentError,
        `setNumThreads takes a whole number of threads from 1 to 256, not ${threads}`,
      );
    }
    expect(getNumThreads()).to.equal(usual);
  });

  it('is at first what CONVGRAD_NUM_THREADS says', async () => {
    const right = await run('threads.ts', '', { CONVGRAD_NUM_THREADS: '5' });
    expect(right.output).to.equal('5\n');
    const wrong = await run('threads.ts', '', { CONVGRAD_NUM_THREADS: 'all' });
    expect(wrong.messages).to.include("ArgumentError: CONVGRAD_NUM_THREADS takes a whole number of threads from 1 to 256, not 'all'");
  });

  it('of one leaves the others alone', () => {
    setNumThreads(1);
    const x = arange(500_000);
    setNumThreads(4);
    const before = tasksRun();
    setNumThreads(1);
    for (let round = 0; round < 20; round++) x.mul(2);
    setNumThreads(4);
    const after = tasksRun();
    expect(after[0]).to.be.greaterThan(before[0] ?? 0);
    expect(after.slice(1)).to.deep.equal(before.slice(1));
  });
});
