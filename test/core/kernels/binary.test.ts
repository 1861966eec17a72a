import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ArgumentError, ResourceError } from '../../../packages/core/src/errors.ts';
import { loadBinary } from '../../../packages/core/src/kernels/binary.ts';
import { initialMemoryPages, interfaceVersion } from '../../../packages/core/src/kernels/layout.ts';
import { compileModule } from '../../../packages/core/src/kernels/relaxed_simd.ts';
import { binaryName, preferredVariant } from '../../../packages/core/src/kernels/variant.ts';
import { relaxedModule } from '../native/programs/relaxed_module.ts';
import { runProgram } from '../native/run_program.ts';

describe('loading the binary', () => {
  const name = binaryName[preferredVariant(process.env.CONVGRAD_VARIANT || undefined)];
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

  it('says what to do about a module with functions but without their stack', () => {
    expect(load(moduleOfVersion(interfaceVersion))).to.throw(
      ResourceError,
      `${name} is damaged: it lacks an export; run \`npm run kernels\``,
    );
  });

  it('says what to do about a module that asks for what there is not', () => {
    const [header, type] = [
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      [1, 4, 1, 0x60, 0, 0],
    ];
    const importing = Uint8Array.of(...header, ...type, 2, 7, 1, 1, 0x61, 1, 0x62, 0, 0);
    expect(WebAssembly.validate(importing)).to.equal(true);
    expect(load(importing)).to.throw(ResourceError, `the kernels' binary ${name} is damaged; run \`npm run kernels\``);
  });

  it('says what to do about a binary of another version', () => {
    expect(load(moduleOfVersion(1))).to.throw(
      ResourceError,
      `${name} was built for other arguments than this version's; run \`npm run kernels\``,
    );
  });
});

describe('the variant of the kernels', () => {
  it('fuses multiply and add on every version of Node, and leaves the flags of the engine as they were', async () => {
    const { output } = await runProgram('flags.ts', { CONVGRAD_BACKEND: 'wasm', CONVGRAD_VARIANT: '' });
    const { before, variant, after } = JSON.parse(output);
    expect(before).to.equal(!process.versions.node.startsWith('20.'));
    expect(variant).to.equal('relaxed');
    expect(after).to.equal(before);
  });

  it('leaves the flags as they were where it cannot compile', () => {
    const before = WebAssembly.validate(relaxedModule);
    expect(compileModule(relaxedModule)).to.be.instanceOf(WebAssembly.Module);
    expect(() => compileModule(relaxedModule.subarray(0, 20))).to.throw(/^WebAssembly.Module\(\)/);
    expect(WebAssembly.validate(relaxedModule)).to.equal(before);
  });

  it('is what CONVGRAD_VARIANT says', () => {
    expect(preferredVariant('plain')).to.equal('plain');
    expect(preferredVariant('relaxed')).to.equal('relaxed');
  });

  it('cannot be another', () => {
    expect(() => preferredVariant('fast')).to.throw(ArgumentError, "CONVGRAD_VARIANT is 'fast'; it can be 'plain' or 'relaxed'");
  });
});

/** A module with some exports of a binary, whose `interfaceVersion` returns a number. */
function moduleOfVersion(version: number): Uint8Array {
  const section = (id: number, ...content: number[]): number[] => [id, content.length, ...content];
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  const body = [0, 0x41, ...signedLeb128(version), 0x0b];
  return Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 0, 1, 0x7f),
    ...section(3, 1, 0),
    ...section(6, 1, 0x7f, 0, 0x41, 0, 0x0b),
    ...section(7, 3, ...name('run'), 0, 0, ...name('interfaceVersion'), 0, 0, ...name('__heap_base'), 3, 0),
    ...section(10, 1, body.length, ...body),
  );
}

/** A whole number of 32 bits as WebAssembly writes it: seven bits a byte, the lowest first. */
function signedLeb128(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  const isLast = rest === (low & 0x40 ? -1 : 0);
  return isLast ? [low] : [low | 0x80, ...signedLeb128(rest)];
}
