import { encode } from 'fast-png';

/** A colour: red, green and blue, each 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** A PNG of one pixel a value, as a data URI; each value, clipped to 0..1, lies between the two colours. */
export function pngOf(values: ArrayLike<number>, width: number, low: Colour, high: Colour): string {
  const data = new Uint8Array(3 * values.length);
  for (let i = 0; i < values.length; i++) {
    const share = Math.min(1, Math.max(0, values[i]));
    for (let c = 0; c < 3; c++) data[3 * i + c] = Math.round(low[c] + share * (high[c] - low[c]));
  }
  const png = encode({ width, height: values.length / width, data, channels: 3, depth: 8 });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}
