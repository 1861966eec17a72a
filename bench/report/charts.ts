import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Chart } from '../sections/section.ts';

use([BarChart, LineChart, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, SVGRenderer]);

const palette = ['#1f3b73', '#2a9d8f', '#e9a03b', '#a4133c', '#9c89b8'];

/** Bars of one comparison. */
export interface Bars {
  readonly title: string;
  readonly labels: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

/** Ratios on a logarithmic axis, with a line at 1, as an SVG element. */
export function ratioBars({ title, labels, series }: Bars): string {
  return render(title, 120 + 22 * labels.length * Math.max(1, series.length * 0.7), {
    grid: { left: 230, right: 40, top: 50, bottom: 60 },
    xAxis: { type: 'log', name: 'times as fast', nameLocation: 'middle', nameGap: 26 },
    yAxis: { type: 'category', data: [...labels], inverse: true, axisLabel: { fontSize: 11 } },
    series: series.map(({ name, values }, index) => ({
      type: 'bar',
      name,
      data: [...values],
      ...(index === 0 ? { markLine: { silent: true, symbol: 'none', label: { show: false }, data: [{ xAxis: 1 }] } } : {}),
    })),
  });
}

/** Lines over two logarithmic axes, as an SVG element. */
export function growthLines({ title, xName, yName, series }: Chart): string {
  return render(title, 420, {
    grid: { left: 70, right: 30, top: 60, bottom: 90 },
    xAxis: { type: 'log', logBase: 2, name: xName, nameLocation: 'middle', nameGap: 28 },
    yAxis: { type: 'log', name: yName },
    series: series.map(({ name, points }) => ({ type: 'line', name, data: points.map(([x, y]) => [x, y]), symbolSize: 6 })),
  });
}

function render(title: string, height: number, option: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 760, height });
  chart.setOption({
    animation: false,
    color: palette,
    textStyle: { fontFamily: 'sans-serif' },
    title: { text: title, left: 'center', textStyle: { fontSize: 15 } },
    legend: { bottom: 0, textStyle: { fontSize: 11 } },
    ...option,
  });
  const svg = chart.renderToSVGString();
  // A chart that is not disposed of keeps the process alive.
  chart.dispose();
  return svg;
}
