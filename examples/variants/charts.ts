import { LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([LineChart, ScatterChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** A line of a chart, or a point of a scatter chart. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Drawn thicker. */
  readonly stressed: boolean;
}

/** An axis: its name, and how its numbers are written. */
export interface Axis {
  readonly name: string;
  readonly write: (value: number) => string;
}

/** Colours that stay apart, also for most who see colours differently. */
const palette = [
  '#1f3b73',
  '#3d85c6',
  '#7bb7e0',
  '#2a9d8f',
  '#8ab17d',
  '#b5a642',
  '#e9a03b',
  '#c77d4f',
  '#8d6e63',
  '#9c89b8',
  '#d1495b',
  '#a4133c',
  '#555555',
];

/** Lines over a common axis, as an SVG element. */
export function lineChart(title: string, x: Axis, y: Axis, series: readonly Series[]): string {
  return render(title, x, y, {
    legend: { bottom: 0, itemWidth: 18, itemHeight: 8, itemGap: 18, textStyle: { fontSize: 11 } },
    series: series.map(({ name, points, stressed }, index) => ({
      type: 'line',
      name,
      data: points,
      symbolSize: points.length > 10 ? 0 : 5,
      lineStyle: { width: stressed ? 3 : 1.5, type: index % 3 === 2 ? 'dashed' : 'solid' },
    })),
  });
}

/** One labelled point a series, as an SVG element. */
export function scatterChart(title: string, x: Axis, y: Axis, series: readonly Series[]): string {
  return render(title, x, y, {
    series: series.map(({ name, points, stressed }) => ({
      type: 'scatter',
      name,
      data: points,
      symbolSize: stressed ? 12 : 9,
      label: { show: true, formatter: name, position: stressed ? 'top' : 'bottom', fontSize: 11, color: '#333' },
    })),
  });
}

function render(title: string, x: Axis, y: Axis, option: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 640, height: 480 });
  const axis = ({ name, write }: Axis) => ({ type: 'value', name, scale: true, axisLabel: { formatter: write } });
  chart.setOption({
    animation: false,
    color: palette,
    textStyle: { fontFamily: 'sans-serif' },
    title: { text: title, left: 'center', textStyle: { fontSize: 15 } },
    grid: { left: 64, right: 40, top: 60, bottom: 'legend' in option ? 150 : 50 },
    xAxis: { ...axis(x), nameLocation: 'middle', nameGap: 28 },
    yAxis: { ...axis(y), nameTextStyle: { align: 'left' } },
    ...option,
  });
  const svg = chart.renderToSVGString();
  // A chart that is not disposed of keeps the process alive.
  chart.dispose();
  return svg;
}
