import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ArgumentError, ResourceError } from '../../../packages/core/src/errors.ts';
import { loadBinary } from '../../../packages/core/src/kernels/binary.ts';
import { initialMemoryPages } from '../../../packages/core/src/kernels/layout.ts';
import { binaryName, preferredVariant } from '../../../packages/core/src/kernels/variant.ts';

describe('loading the binary', () => {
  const name = binaryName[preferredVariant()];
  const bytes = readFileSync(new URL(`../../../packages/core/wasm/${name}`, import.meta.url));
  const memory = new WebAssembly.Memory({ initial: initialMemoryPages, maximum: 65536, shared: true });
  const load = (content: Uint8Array) => () => loadBinary(name, content, memory, 'run `npm run kernels`');

  it('gives a function that runs kernels and the first free byte', () => {
    const { run, heapBase } = load(bytes)();
    expect(run).to.be.a('function');
    expect(heapBase)
      .to.be.greaterThan(0)
      .and.at.most(initialMemoryPages * 65536);
  });

  it('says what to do about a file that was cut off', () => {
    expect(load(bytes.subarray(0, 1000))).to.throw(ResourceError, `the kernels' binary ${name} is damaged; run \`npm run kernels\``);
  });

  it('says what to do about a module without the exports', () => {
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    expect(load(empty)).to.throw(ResourceError, `${name} is damaged: it lacks an export; run \`npm run kernels\``);
  });

  it('says what to do about a binary of another version', () => {
    expect(load(moduleOfVersion(1))).to.throw(
      ResourceError,
      `${name} was built for other arguments than this version's; run \`npm run kernels\``,
    );
  });
});

describe('the variant of the kernels', () => {
  const original = process.env.CONVGRAD_VARIANT;

  afterEach(() => {
    if (original === undefined) {
      delete process.env.CONVGRAD_VARIANT;
    } else {
      process.env.CONVGRAD_VARIANT = original;
    }
  });

  it('is what CONVGRAD_VARIANT says', () => {
    process.env.CONVGRAD_VARIANT = 'plain';
    expect(preferredVariant()).to.equal('plain');
    process.env.CONVGRAD_VARIANT = 'relaxed';
    expect(preferredVariant()).to.equal('relaxed');
  });

  it('cannot be another', () => {
    process.env.CONVGRAD_VARIANT = 'fast';
    expect(preferredVariant).to.throw(ArgumentError, "CONVGRAD_VARIANT is 'fast'; it can be 'plain' or 'relaxed'");
  });
});

/** A module with the exports of a binary, whose `interfaceVersion` returns a small number. */
function moduleOfVersion(version: number): Uint8Array {
  const section = (id: number, ...content: number[]): number[] => [id, content.length, ...content];
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  return Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 0, 1, 0x7f),
    ...section(3, 1, 0),
    ...section(6, 1, 0x7f, 0, 0x41, 0, 0x0b),
    ...section(7, 3, ...name('run'), 0, 0, ...name('interfaceVersion'), 0, 0, ...name('__heap_base'), 3, 0),
    ...section(10, 1, 4, 0, 0x41, version, 0x0b),
  );
}
