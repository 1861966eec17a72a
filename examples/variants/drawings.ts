import { imageSize } from './network.ts';
import { type Colour, pngOf } from './pixels.ts';
import type { ReadInputs } from './receptive_field.ts';
import type { LayerReading } from './report.ts';
import type { Sample, SampledPlaces } from './sampling.ts';

const white: Colour = [255, 255, 255];
const ink: Colour = [31, 59, 115];
const paper: Colour = [250, 250, 250];
const dark: Colour = [70, 70, 70];

/** Pixels at each edge of the layer's input that are left out, to show the middle larger. */
const margin = 2;

/**
 * The input pixels that one output of a layer reads, filled; those of its neighbour on the right, outlined; and below, the channels that
 * the output reads.
 */
export function layerDrawing({ output, neighbour, row, column, neighbourColumn }: LayerReading): string {
  const { height, width, channels } = output;
  const shares = readShares(output);
  const others = readShares(neighbour);
  const cells: string[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const share = shares[y * width + x];
      if (share > 0)
        cells.push(`<rect x="${x}" y="${y}" width="1" height="1" fill="rgb(${ink.join()})" fill-opacity="${0.25 + 0.75 * share}"/>`);
    }
  }
  const outlined = Array.from(others, (share, index) =>
    share > 0 ? `<rect x="${(index % width) + 0.14}" y="${Math.floor(index / width) + 0.14}" width="0.72" height="0.72"/>` : '',
  ).join('');
  const shown = width - 2 * margin;
  const strip = Array.from({ length: channels }, (_, channel) => {
    const fill = readsChannel(output, channel) ? `rgb(${ink.join()})` : '#e4e4e4';
    const cell = shown / channels;
    return `<rect x="${channel * cell + 0.06}" y="${shown + 0.4}" width="${cell - 0.12}" height="0.7" fill="${fill}"/>`;
  });
  const lines = Array.from({ length: width + 1 }, (_, i) => `M${i} 0V${height}M0 ${i}H${width}`);
  return (
    `<svg viewBox="-0.1 -0.1 ${shown + 0.2} ${shown + 1.3}" class="grid" role="img" aria-label="inputs read by one output">` +
    `<svg width="${shown}" height="${shown}" viewBox="${margin} ${margin} ${shown} ${shown}">` +
    `<path d="${lines.join('')}" stroke="#ddd" stroke-width="0.04"/>${cells.join('')}` +
    `<g fill="none" stroke="#e9a03b" stroke-width="0.12">${outlined}</g>` +
    `<circle cx="${column + 0.5}" cy="${row + 0.5}" r="0.22" fill="#18a558" stroke="#fff" stroke-width="0.08"/>` +
    `<circle cx="${neighbourColumn + 0.5}" cy="${row + 0.5}" r="0.18" fill="none" stroke="#18a558" stroke-width="0.1"/></svg>` +
    `${strip.join('')}</svg>`
  );
}

/** The share of the channels that is read at each pixel. */
function readShares({ channels, height, width, magnitudes }: ReadInputs): Float64Array {
  const shares = new Float64Array(height * width);
  magnitudes.forEach((magnitude, index) => {
    if (magnitude > 0) shares[index % shares.length] += 1 / channels;
  });
  return shares;
}

function readsChannel({ height, width, magnitudes }: ReadInputs, channel: number): boolean {
  return magnitudes.subarray(channel * height * width, (channel + 1) * height * width).some((magnitude) => magnitude > 0);
}

/** How strongly each pixel of the image moves an output of the last middle layer; the root makes the weak ones visible. */
export function netDrawing({ width, magnitudes }: ReadInputs): string {
  const largest = magnitudes.reduce((max, value) => Math.max(max, value), Number.MIN_VALUE);
  const shades = magnitudes.map((value) => Math.sqrt(value / largest));
  return `<img class="pixels" alt="pixels read by the net" src="${pngOf(shades, width, white, ink)}">`;
}

/** How many strengths of red the weights of samples are drawn in. */
const strengths = 4;

/** A digit with one output of the last middle layer in green and the places that are sampled for it in red. */
export function samplingDrawing(image: Float32Array, { output, levels }: SampledPlaces, level: number): string {
  const samples = levels[level];
  const diameter = [1.1, 0.75, 0.45][level];
  const largest = samples.reduce((max, { weight }) => Math.max(max, weight), Number.MIN_VALUE);
  const layers = Array.from({ length: strengths }, (_, strength) => {
    const chosen = samples.filter(({ weight }) => Math.min(strengths - 1, Math.floor((strengths * weight) / largest)) === strength);
    return chosen.length === 0 ? '' : `<path d="${chosen.map(dot).join('')}" stroke-opacity="${(strength + 1) / strengths}"/>`;
  });
  // Samples may lie outside the image, where zeros are read.
  return (
    `<svg viewBox="-4 -4 ${imageSize + 8} ${imageSize + 8}" class="samples" role="img" aria-label="sampling positions">` +
    `<image x="0" y="0" width="${imageSize}" height="${imageSize}" href="${pngOf(image, imageSize, paper, dark)}"/>` +
    `<rect x="0" y="0" width="${imageSize}" height="${imageSize}" fill="none" stroke="#ccc" stroke-width="0.15"/>` +
    `<g fill="none" stroke="#e01e37" stroke-linecap="round" stroke-width="${diameter}">${layers.join('')}</g>` +
    `<circle cx="${output.x + 0.5}" cy="${output.y + 0.5}" r="0.9" fill="#18a558" stroke="#fff" stroke-width="0.25"/></svg>`
  );
}

/** A line of no length with round ends is a dot. */
function dot({ y, x }: Sample): string {
  return `M${(x + 0.5).toFixed(1)} ${(y + 0.5).toFixed(1)}h0`;
}
