import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ResourceError } from '@convgrad/core';
import { parseIdx, readIdx } from '@convgrad/data';
import { expect } from 'chai';

/** The bytes of an IDX file of one dimension. */
function idx(type: number, length: number, elements: readonly number[]): Uint8Array {
  return Uint8Array.of(0, 0, type, 1, 0, 0, 0, length, ...elements);
}

describe('IDX files', () => {
  it('hold bytes, which are not copied', () => {
    const bytes = idx(0x08, 3, [0, 127, 255]);
    const { shape, data } = parseIdx(bytes, 'file');
    expect(shape).to.deep.equal([3]);
    expect(data).to.be.instanceOf(Uint8Array);
    expect(Array.from(data)).to.deep.equal([0, 127, 255]);
    expect(data.buffer).to.equal(bytes.buffer);
  });

  it('hold signed integers of one, two and four bytes, big-endian', () => {
    expect(parseIdx(idx(0x09, 2, [0xff, 0x7f]), 'file').data).to.deep.equal(Int32Array.of(-1, 127));
    expect(parseIdx(idx(0x0b, 2, [0xff, 0xfe, 0x01, 0x02]), 'file').data).to.deep.equal(Int32Array.of(-2, 0x0102));
    expect(parseIdx(idx(0x0c, 1, [0x80, 0, 0, 1]), 'file').data).to.deep.equal(Int32Array.of(-(2 ** 31) + 1));
  });

  it('hold floats of four and eight bytes, big-endian', () => {
    expect(parseIdx(idx(0x0d, 1, [0x3f, 0xc0, 0, 0]), 'file').data).to.deep.equal(Float32Array.of(1.5));
    expect(parseIdx(idx(0x0e, 1, [0xc0, 0x04, 0, 0, 0, 0, 0, 0]), 'file').data).to.deep.equal(Float64Array.of(-2.5));
  });

  it('have any number of dimensions', () => {
    const cube = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4);
    expect(parseIdx(cube, 'file')).to.deep.equal({ shape: [2, 1, 2], data: Uint8Array.of(1, 2, 3, 4) });
    expect(parseIdx(Uint8Array.of(0, 0, 8, 0, 9), 'file')).to.deep.equal({ shape: [], data: Uint8Array.of(9) });
  });

  it('may lie anywhere in a larger buffer', () => {
    const buffer = Uint8Array.of(9, 9, ...idx(0x0b, 1, [1, 0]), 9);
    expect(parseIdx(buffer.subarray(2, -1), 'file').data).to.deep.equal(Int32Array.of(256));
  });

  it('are refused with their name where the header or the length is wrong', () => {
    const refusal = (bytes: readonly number[]) => () => parseIdx(Uint8Array.from(bytes), 'some.idx');
    expect(refusal([])).to.throw(ResourceError, 'parseIdx: some.idx does not begin like an IDX file');
    expect(refusal([1, 0, 8, 1, 0, 0, 0, 0])).to.throw(ResourceError, 'does not begin like an IDX file');
    expect(refusal([0, 0, 7, 1, 0, 0, 0, 0])).to.throw(ResourceError, 'some.idx has the unknown element type 0x07');
    expect(refusal([0, 0, 8, 2, 0, 0, 0, 1])).to.throw(ResourceError, 'some.idx ends within its header: 12 bytes expected, got 8');
    expect(refusal([0, 0, 8, 1, 0, 0, 0, 3, 1, 2])).to.throw(ResourceError, 'some.idx holds [3] in 11 bytes by its header, but has 10');
    expect(refusal([0, 0, 8, 1, 0, 0, 0, 1, 1, 2])).to.throw(ResourceError, 'holds [1] in 9 bytes by its header, but has 10');
  });

  describe('on disk', () => {
    let folder = '';
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'convgrad-idx-'));
    });
    after(() => rmSync(folder, { recursive: true }));

    it('are read', () => {
      const path = join(folder, 'numbers.idx');
      writeFileSync(path, idx(0x0b, 2, [0, 1, 0, 2]));
      expect(readIdx(path)).to.deep.equal({ shape: [2], data: Int32Array.of(1, 2) });
    });

    it('are refused where they cannot be read', () => {
      expect(() => readIdx(join(folder, 'none.idx'))).to.throw(ResourceError, `readIdx: ${join(folder, 'none.idx')} is missing`);
      expect(() => readIdx(folder)).to.throw(ResourceError, 'cannot be read (EISDIR');
    });
  });
});
