import { expect } from 'chai';
import type { Child } from '../../bench/run/child.ts';
import { leastMilliseconds, type MeasuredPeaks, peaksFor, streamSizes, withPeaks } from '../../bench/run/roofline.ts';
import { ratioTo, rowsOf } from '../../bench/run/rows.ts';
import { row, silentChild, timing } from './measured.ts';

const task = { workload: 'conv3x3', pass: 'forward' } as const;
const peaks: MeasuredPeaks = { implementation: 'convgrad-wasm', threads: 1, multiplyAdds: 1e9, bandwidth: streamSizes.map(() => 1e9) };

describe('rows of the ruler', () => {
  let child: Child;

  before(() => {
    child = silentChild();
  });

  after(() => child.close());

  it("keep the fastest of PyTorch's ways for each number of threads, and name it", () => {
    const rows = rowsOf(
      task,
      [
        timing(child, 'torch', 2, [5, 3, 4], { allocator: 'default' }),
        timing(child, 'torch', 2, [2, 2.5, 9], { allocator: 'kept', layout: 'channels-last' }),
        timing(child, 'torch', 1, [7], { allocator: 'kept' }),
      ],
      { multiplyAdds: 1, bytes: 1 },
      [],
    );
    expect(rows.map(({ threads, medianMs, fastestMs }) => [threads, medianMs, fastestMs])).to.deep.equal([
      [2, 2.5, 2],
      [1, 7, 7],
    ]);
    expect(rows[0].variant).to.equal('kept allocator, channels-last, vectors');
  });

  it('give the share of the roofline, and none where no peak was measured', () => {
    const cost = { multiplyAdds: 2e6, bytes: 1e6 };
    const rows = rowsOf(task, [timing(child, 'convgrad-wasm', 1, [8]), timing(child, 'convgrad-native', 1, [8])], cost, [peaks]);
    expect(rows.map(({ share }) => share)).to.deep.equal([0.25, null]);
  });

  it('compare equal numbers of threads, and a peer with one thread with all', () => {
    const rows = [row('convgrad-wasm', 2, 2, 1), row('torch', 1, 9), row('torch', 2, 3, 2), row('tfjs-cpu', 1, 100)];
    expect(ratioTo(rows[0], 'torch', rows)).to.deep.equal({ ofMedians: 1.5, ofFastest: 2 });
    expect(ratioTo(rows[0], 'tfjs-cpu', rows)).to.deep.equal({ ofMedians: 50, ofFastest: 100 });
    expect(ratioTo(rows[0], 'tfjs-wasm', rows)).to.equal(null);
  });
});

describe('the roofline', () => {
  it('is the slower of multiply-adds at the peak and bytes at the bandwidth of a stream of that size', () => {
    const table = { ...peaks, bandwidth: streamSizes.map((_, index) => 4e9 / (index + 1)) };
    expect(leastMilliseconds({ multiplyAdds: 5e6, bytes: 4 }, table)).to.equal(5);
    expect(leastMilliseconds({ multiplyAdds: 0, bytes: 4e6 }, table)).to.equal(2);
    expect(leastMilliseconds({ multiplyAdds: 0, bytes: 4e9 }, table)).to.equal(4000);
  });

  it('keeps the higher of two measurements', () => {
    const lower = { ...peaks, multiplyAdds: 5e8, bandwidth: streamSizes.map((_, index) => (index === 0 ? 3e9 : 1)) };
    const [both, ...others] = withPeaks(withPeaks([], peaks), lower);
    expect(others).to.deep.equal([]);
    expect(both.multiplyAdds).to.equal(1e9);
    expect(both.bandwidth.slice(0, 2)).to.deep.equal([3e9, 1e9]);
  });

  it('judges PyTorch by the native peaks, or for want of them by its own', () => {
    const torch: MeasuredPeaks = { ...peaks, implementation: 'torch', multiplyAdds: 2e9 };
    const native: MeasuredPeaks = { ...peaks, implementation: 'convgrad-native', multiplyAdds: 3e9 };
    expect(peaksFor('torch', 1, [torch])?.multiplyAdds).to.equal(2e9);
    expect(peaksFor('torch', 1, [torch, native])?.multiplyAdds).to.equal(3e9);
    expect(peaksFor('torch', 2, [torch, native])).to.equal(null);
  });
});
