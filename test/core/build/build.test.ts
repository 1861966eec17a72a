import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { loadBinary } from '../../../packages/core/src/kernels/binary.ts';
import { kernelInstances, layoutOf } from '../../../packages/core/src/kernels/layout.ts';
import { kernelTable } from '../../../packages/core/src/kernels/table.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

const fill = `#include "kernel.h"
#include "value.h"
namespace convgrad {
template <class T>
void fill(const FillArgs<T>& args, Task) {
  T* y = args.y;
  for (i32 i = 0; i < args.size; ++i) y[i] = valueOf<T>(args.value);
}
}  // namespace convgrad
`;
const value = 'template <class T> T valueOf(double value) { return static_cast<T>(value); }\n';

interface Build {
  readonly outcome: string;
  /** Steps that were carried out, in any order. */
  readonly steps: readonly string[];
  readonly messages: string;
}

describe('the kernel build', () => {
  const root = mkdtempSync(join(tmpdir(), 'convgrad-build-'));
  const binary = join(root, 'wasm', 'convgrad.wasm');

  before(() => {
    mkdirSync(join(root, 'kernels'));
    for (const header of ['kernel.h', 'launch.h', 'waiting.h'])
      cpSync(join(repository, 'packages/core/kernels', header), join(root, 'kernels', header));
  });

  // The cache of objects stays, so that most of these builds only link.
  beforeEach(() => {
    rmSync(binary, { force: true });
    write('movement.cc', fill);
    write('value.h', value);
  });

  after(() => rmSync(root, { recursive: true, force: true }));

  it('carries out each step once when two builds start at the same time', async () => {
    rmSync(join(root, '.cache'), { recursive: true, force: true });
    const builds = await Promise.all([build(), build()]);
    expect(builds.map(({ outcome }) => outcome)).to.have.members(['built', 'fresh']);
    expect(builds.flatMap(({ steps }) => steps)).to.have.members(['movement f32', 'dispatch', 'link']);
    expect(filled(binary)).to.deep.equal([1.5, 1.5, 1.5, 0]);
  });

  it('says nothing when all is up to date, and compiles only what an edit touches', async () => {
    await build();
    expect(await build()).to.deep.equal({ outcome: 'fresh', steps: [], messages: '' });
    write('value.h', value.replace('(value)', '(2 * value)'));
    expect((await build()).steps).to.have.members(['movement f32', 'link']);
    expect(filled(binary)).to.deep.equal([3, 3, 3, 0]);
  });

  it("prints the compiler's message for a field that the table does not name, and leaves no binary that looks fresh", async () => {
    await build();
    write('movement.cc', fill.replace('args.size', 'args.sise'));
    const { outcome, messages } = await build();
    expect(outcome).to.equal('failed');
    expect(messages).to.include('failed: movement f32').and.to.include("no member named 'sise' in 'convgrad::FillArgs<float>'");
    expect(existsSync(binary)).to.equal(false);
    write('movement.cc', fill);
    expect((await build()).outcome).to.equal('built');
  });

  it('fails on a source that the table names and the folder does not hold', async () => {
    rmSync(join(root, 'kernels/movement.cc'));
    const { outcome, messages } = await build();
    expect(outcome).to.equal('failed');
    expect(messages).to.include('movement.cc');
  });

  it('fails when a kernel calls something that only the system could give', async () => {
    write('value.h', `#include <cstdlib>\n${value.replace('return', 'if (value < 0) std::exit(1); return')}`);
    const { outcome, messages } = await build();
    expect(outcome).to.equal('failed');
    expect(messages).to.include('proc_exit');
    expect(existsSync(binary)).to.equal(false);
  });

  it('goes on after a build that was killed: its lock goes stale, its binary counts for nothing', async () => {
    await build();
    truncateSync(binary, 100);
    const lock = join(root, '.cache/build.lock');
    mkdirSync(lock);
    utimesSync(lock, 1e9, 1e9);
    expect((await build()).outcome).to.equal('built');
    expect(filled(binary)).to.deep.equal([1.5, 1.5, 1.5, 0]);
  });

  function write(name: string, text: string): void {
    writeFileSync(join(root, 'kernels', name), text);
  }

  async function build(): Promise<Build> {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--conditions=@convgrad/source', fileURLToPath(new URL('tiny.ts', import.meta.url)), root],
      {
        cwd: repository,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    let messages = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      messages += data.toString();
    });
    await new Promise((resolve) => child.once('close', resolve));
    const steps = [...messages.matchAll(/^ {2}\d+\/\d+ (.+) [\d.]+ s$/gm)].map((match) => match[1]);
    return { outcome: output.trim(), steps, messages };
  }
});

/** Four float32 numbers after the binary's `fill` wrote 1.5 to the first three of them. */
function filled(path: string): number[] {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
  const { run, heapBase } = loadBinary('convgrad.wasm', readFileSync(path), memory, 'build again');
  const y = Math.ceil(heapBase / 64) * 64;
  const args = y + 64;
  const view = new DataView(memory.buffer);
  const offsets = new Map(layoutOf(kernelTable.fill).fields.map(({ name, offset }) => [name, args + offset]));
  view.setInt32(offsets.get('y') ?? 0, y, true);
  view.setInt32(offsets.get('size') ?? 0, 3, true);
  view.setFloat64(offsets.get('value') ?? 0, 1.5, true);
  run(
    kernelInstances.findIndex(({ kernel, scalar }) => kernel === 'fill' && scalar === 'f32'),
    args,
    1,
  );
  return [...new Float32Array(memory.buffer, y, 4)];
}
