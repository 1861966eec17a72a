import { ArgumentError, lend, ResourceError } from '@convgrad/core';
import { expect } from 'chai';
import { launch } from '../../packages/core/src/kernels/launch.ts';
import { ChildProgram } from '../child_program.ts';
import { untyped } from './untyped.ts';

/** Runs a script in a process of its own, in which `preparation` has changed Node before anything was loaded. */
async function errorOf(preparation: string, script: string): Promise<string> {
  const program = new ChildProgram(
    ...['--import', `data:text/javascript,${encodeURIComponent(preparation)}`],
    ...['--input-type=module', '--eval', `try { ${script} } catch (error) { console.log(error.name + ': ' + error.message); }`],
  );
  await program.ended;
  expect(program.stderr).to.equal('');
  return program.stdout.trim();
}

describe('errors of kernels and memory', () => {
  afterEach(() => ChildProgram.killAll());

  it('name the kernel and the scalar that do not exist', () => {
    expect(() => untyped(launch, 'fill', 'f16', {}, 1)).to.throw(ArgumentError, 'there is no kernel fill for f16');
    expect(() => untyped(launch, 'stir', 'f32', {}, 1)).to.throw(ArgumentError, 'there is no kernel stir for f32');
  });

  it('name the bytes that the memory has no room for', () => {
    expect(() => lend('float64', 2 ** 30)).to.throw(
      ResourceError,
      'out of memory: no room for 8589934592 bytes that a kernel needs; the WebAssembly memory ends at 4 GiB',
    );
  });

  it('say how to build the binary where it cannot be read', async () => {
    const unreadable = `process.env.CONVGRAD_BACKEND = 'wasm';
      import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      const read = fs.readFileSync;
      fs.readFileSync = (path, ...rest) => read(String(path).endsWith('.wasm') ? '/a/file/that/is/not/there.wasm' : path, ...rest);
      syncBuiltinESMExports();`;
    expect(await errorOf(unreadable, `await import('@convgrad/core');`)).to.match(
      /^ResourceError: the kernels' binary convgrad(-relaxed)?\.wasm cannot be read; build it with `npm run kernels -- --variant (plain|relaxed)` in a checkout of convgrad, or install @convgrad\/core again$/,
    );
  });

  it('say what a process lacks that cannot reserve the memory', async () => {
    const cramped = `WebAssembly.Memory = class { constructor() { throw new RangeError('could not allocate memory'); } };`;
    expect(await errorOf(cramped, `await import('@convgrad/core');`)).to.equal(
      'ResourceError: no shared WebAssembly memory can be reserved: the engine takes about 10 GiB of addresses for one, and this process may have fewer (ulimit -v)',
    );
  });

  it('say what to import where a part of the package was loaded alone', async () => {
    const part = (path: string): string => JSON.stringify(new URL(`../../packages/core/src/${path}`, import.meta.url).href);
    const script = `
      const { Storage } = await import(${part('memory/storage.ts')});
      const { Tensor } = await import(${part('autograd/graph.ts')});
      const { backward } = await import(${part('autograd/backward.ts')});
      backward(new Tensor(Storage.ofArray('float32', Float32Array.of(1)), []).requiresGrad_());`;
    expect(await errorOf('', script)).to.equal('GradientError: the operations are not loaded: import from @convgrad/core');
  });
});
