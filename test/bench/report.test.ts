import { expect } from 'chai';
import { markdownReport } from '../../bench/report/markdown.ts';
import { page } from '../../bench/report/page.ts';
import { type Results, saved } from '../../bench/report/results.ts';
import { terminalReport } from '../../bench/report/terminal.ts';
import { streamSizes } from '../../bench/run/roofline.ts';
import { row } from './measured.ts';

const results: Results = {
  machine: { cpu: 'Some <CPU>', processors: 2, architecture: 'x64', memoryGiB: 8, system: 'Linux', load: 0.25 },
  date: '2026-01-01T00:00:00.000Z',
  commit: 'abc',
  versions: { node: '20.0.0' },
  peaks: [{ implementation: 'convgrad-wasm', threads: 2, multiplyAdds: 1e9, bandwidth: streamSizes.map(() => 5e9) }],
  rows: [row('convgrad-wasm', 2, 2, 1.5), row('torch', 2, 3, 3), row('tfjs-cpu', 1, 1000)],
  absences: [{ implementation: 'convgrad-native', reason: 'not built', remedy: 'npm run build:native' }],
  sections: [
    {
      title: 'Growth',
      note: 'A note.',
      head: ['batch', 'ms'],
      rows: [
        [1, 0.123456],
        [4, null],
      ],
      charts: [
        {
          title: 'Step time',
          xName: 'batch',
          yName: 'ms',
          series: [
            {
              name: 'convgrad-wasm',
              points: [
                [1, 2],
                [4, 5],
              ],
            },
          ],
        },
      ],
      absences: [],
    },
  ],
};

describe('the reports of the ruler', () => {
  it('save exactly what is documented', () => {
    const file = saved(results);
    expect(file).to.have.all.keys('machine', 'date', 'commit', 'versions', 'peaks', 'rows');
    expect(file.peaks['convgrad-wasm']['2'].gflops).to.equal(2);
    expect(file.peaks['convgrad-wasm']['2'].bandwidth).to.have.property('96 MiB', 5);
    expect(file.rows[0]).to.deep.equal({
      workload: 'conv3x3',
      pass: 'forward',
      threads: 2,
      implementation: 'convgrad-wasm',
      variant: 'vectors',
      medianMs: 2,
      share: 0.5,
    });
  });

  it('print medians, shares and ratios, of medians and of the fastest runs, and how to get what is absent', () => {
    const text = terminalReport(results);
    expect(text).to.include('2 threads: median ms');
    expect(text).to.match(/conv3x3 +│ forward +│ +2 │ 50 % +│ +3 │ 50 % +│ +1000 │ 50 % +│ 1\.50 \(2\.00\) +│ 500 \(667\)/);
    expect(text).to.include('absent: convgrad-native (not built); npm run build:native');
    expect(text).to.include('0.123');
  });

  it('write the same as Markdown, with charts in files of their own', () => {
    const { text, charts } = markdownReport(results, 'bench');
    expect(text).to.include('| conv3x3 | forward | 2 | 50 % | 3 | 50 % | 1000 | 50 % | 1.50 (2.00) | 500 (667) |');
    expect(text).to.include('![Step time](bench/step-time.svg)');
    expect(Object.keys(charts)).to.deep.equal([
      'times-as-fast-as-torch-2-threads.svg',
      'times-as-fast-as-tfjs-cpu-2-threads.svg',
      'step-time.svg',
    ]);
    for (const svg of Object.values(charts)) expect(svg).to.match(/^<svg .*xmlns/);
  });

  it('draw a page that loads nothing', () => {
    const html = page(results);
    expect(html).to.match(/^<!doctype html>/);
    expect(html).to.not.match(/<(script|link|img|iframe)|url\((?!#)|@import/);
    expect(html).to.include('Some &lt;CPU>');
    expect(html).to.include('Times as fast as torch, 2 threads');
    expect(html.match(/<svg/g)).to.have.length(3);
  });
});
