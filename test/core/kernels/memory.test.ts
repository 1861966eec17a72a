import { expect } from 'chai';
import { ResourceError } from '../../../packages/core/src/errors.ts';
import { reserve, reservedBytes, scratch, views } from '../../../packages/core/src/kernels/memory.ts';

describe('the one memory', () => {
  it('gives zeroed blocks that do not overlap, aligned to 64 bytes', () => {
    const first = reserve(100);
    const second = reserve(1);
    expect(first % 64).to.equal(0);
    expect(second).to.equal(first + 128);
    expect(
      views()
        .u8.subarray(first, first + 100)
        .every((byte) => byte === 0),
    ).to.equal(true);
    expect(reservedBytes()).to.equal(second + 64);
  });

  it('grows, and keeps what older views wrote', () => {
    const older = views();
    const small = reserve(4);
    const bytes = older.u8.byteLength - small;
    const large = reserve(bytes);
    expect(views().u8.byteLength).to.be.at.least(large + bytes);
    older.i32[small / 4] = 42;
    expect(views().i32[small / 4]).to.equal(42);
    expect(views()).to.not.equal(older);
  });

  it('gives 0 for more than can be had, and stays as it is', () => {
    const before = reservedBytes();
    expect(reserve(2 ** 32)).to.equal(0);
    expect(reservedBytes()).to.equal(before);
    expect(reserve(4)).to.equal(before);
  });

  it('has a scratch region that grows and is used again', () => {
    // More than any kernel asked for so far, and never written, so no more than addresses are taken.
    const large = 2 ** 26;
    const first = scratch(large);
    expect(scratch(10)).to.equal(first);
    expect(scratch(2 * large)).to.equal(first);
    const between = reserve(64);
    const moved = scratch(2 * large + 1);
    expect(moved).to.be.greaterThan(between);
    expect(scratch(3 * large)).to.equal(moved);
    expect(() => scratch(2 ** 32)).to.throw(ResourceError, 'a kernel needs 4294967296 bytes of working memory');
  });
});
