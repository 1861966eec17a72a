import { ArgumentError, arange, ShapeError, zeros } from '@convgrad/core';
import { ChannelShuffle, channelShuffle, Fold, PixelShuffle, PixelUnshuffle, pixelShuffle, pixelUnshuffle, Unfold } from '@convgrad/nn';
import { expect } from 'chai';
import { expectClose, normal } from './numbers.ts';

describe('pixelShuffle and pixelUnshuffle', () => {
  it('make channels to blocks of pixels', () => {
    const x = arange(8).reshape([4, 1, 2]);
    expect(pixelShuffle(x, 2).toArray()).to.deep.equal([
      [
        [0, 2, 1, 3],
        [4, 6, 5, 7],
      ],
    ]);
  });

  it('are each the inverse of the other, with any dimensions in front', () => {
    for (const leading of [[], [2], [2, 3], [0]]) {
      const x = normal([...leading, 18, 2, 3]);
      const y = pixelShuffle(x, 3);
      expect(y.shape).to.deep.equal([...leading, 2, 6, 9]);
      expectClose(pixelUnshuffle(y, 3), x);
    }
  });

  it('say what does not divide', () => {
    expect(() => pixelShuffle(zeros([1, 6, 2, 2]), 2)).to.throw(
      ShapeError,
      'pixelShuffle: the 6 channels of input [1, 6, 2, 2] do not divide by upscaleFactor^2 = 4',
    );
    expect(() => pixelUnshuffle(zeros([1, 6, 4, 3]), 2)).to.throw(
      ShapeError,
      'pixelUnshuffle: height 4 and width 3 of input [1, 6, 4, 3] must divide by downscaleFactor 2',
    );
    expect(() => pixelShuffle(zeros([4, 2]), 2)).to.throw(ShapeError, 'input must be [.., C, H, W]');
    expect(() => pixelShuffle(zeros([1, 4, 2, 2]), 0)).to.throw(
      ArgumentError,
      'upscaleFactor must be a whole number of at least 1 and at most 46340, got 0',
    );
    expect(() => new PixelShuffle(1.5)).to.throw(ArgumentError, 'PixelShuffle: upscaleFactor');
  });
});

describe('channelShuffle', () => {
  it('interleaves the groups, and undoes itself with the other number of groups', () => {
    expect(
      channelShuffle(arange(6).reshape([1, 6, 1]), 2)
        .flatten()
        .toArray(),
    ).to.deep.equal([0, 3, 1, 4, 2, 5]);
    const x = normal([2, 6, 3, 2, 2]);
    expectClose(channelShuffle(channelShuffle(x, 2), 3), x);
  });

  it('says what does not divide', () => {
    expect(() => channelShuffle(zeros([1, 6, 2]), 4)).to.throw(
      ShapeError,
      'channelShuffle: the 6 channels of input [1, 6, 2] do not divide into 4 groups',
    );
    expect(() => channelShuffle(zeros([6, 2]), 2)).to.throw(ShapeError, 'input must be [N, C, spatial..], got [6, 2]');
  });
});

describe('layers that only move elements', () => {
  it('call the functions and print their options', () => {
    const x = normal([2, 8, 4, 4]);
    expectClose(new PixelShuffle(2).forward(x), pixelShuffle(x, 2));
    expectClose(new PixelUnshuffle(2).forward(x), pixelUnshuffle(x, 2));
    expectClose(new ChannelShuffle(4).forward(x), channelShuffle(x, 4));
    const unfold = new Unfold(3, { padding: 1 });
    expectClose(new Fold(4, 3, { padding: 1 }).forward(unfold.forward(x)).index(0, 0, 1, 1), x.index(0, 0, 1, 1).mul(9));
    expect(String(new PixelShuffle(2))).to.equal('PixelShuffle(upscaleFactor=2)');
    expect(String(unfold)).to.equal('Unfold(kernelSize=[3, 3], dilation=[1, 1], padding=[[1, 1], [1, 1]], stride=[1, 1])');
  });
});
