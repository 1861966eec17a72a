import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ChildProgram } from '../child_program.ts';

describe('the ruler as a program', () => {
  let folder = '';

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'convgrad-bench-'));
  });

  after(() => {
    ChildProgram.killAll();
    rmSync(folder, { recursive: true, force: true });
  });

  it('measures, prints and saves, and says how to install an absent peer', async () => {
    const file = join(folder, 'new', 'rows.json');
    const options = ['--quick', '--only', 'gemm1024', '--threads', '1', '--peers', 'torch', '--python', 'no-such-python', '--json', file];
    const program = new ChildProgram('bench/main.ts', ...options);
    expect(await program.ended, program.stderr).to.deep.equal({ code: 0, signal: null });
    expect(program.stdout).to.include('gemm1024').and.include('absent: torch').and.include('pip install torch');
    const saved = JSON.parse(readFileSync(file, 'utf8'));
    expect(saved).to.have.all.keys('machine', 'date', 'commit', 'versions', 'peaks', 'rows');
    const [first] = saved.rows;
    expect(first).to.have.all.keys('workload', 'pass', 'threads', 'implementation', 'variant', 'medianMs', 'share');
    expect(first).to.include({ workload: 'gemm1024', pass: 'forward', threads: 1, implementation: 'convgrad-wasm' });
    expect(first.medianMs).to.be.above(0);
    expect(first.share).to.be.above(0);
    expect(readFileSync(join(folder, 'new', 'rows.html'), 'utf8')).to.include('gemm1024');
  });

  it('refuses a wrong option with a message', async () => {
    const program = new ChildProgram('bench/main.ts', '--only', 'gemm');
    expect((await program.ended).code).to.equal(2);
    expect(program.stderr).to.include("There is no workload 'gemm'");
  });
});
