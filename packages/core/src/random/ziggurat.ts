/*
 * Standard normal numbers by the ziggurat of Marsaglia and Tsang, "The Ziggurat Method for Generating Random Variables" (2000), in
 * the corrected form of Doornik, "An Improved Ziggurat Method to Generate Normal Random Samples" (2005): the number of the layer and
 * the position in it come from different random bits.
 *
 * The density f(x) = exp(-x^2 / 2), x >= 0, is covered by 256 layers of equal area v: layer i is a rectangle of width widths[i], and
 * the lowest is the rectangle under f(r) together with the tail beyond r, seen as a rectangle of width v / f(r).
 */

const layers = 256;
/** Where the tail begins: r and v such that 256 layers of area v cover the density. */
const tailStart = 3.6541528853610088;
const layerArea = 0.00492867323399;

const widths = new Float64Array(layers + 1);
/** The share of each layer that lies under the density at every height. */
const safeShares = new Float64Array(layers);

function density(x: number): number {
  return Math.exp(-0.5 * x * x);
}

widths[0] = layerArea / density(tailStart);
widths[1] = tailStart;
for (let i = 2; i < layers; i++) {
  const below = widths[i - 1];
  widths[i] = Math.sqrt(-2 * Math.log(layerArea / below + density(below)));
}
widths[layers] = 0;
for (let i = 0; i < layers; i++) safeShares[i] = widths[i + 1] / widths[i];

/**
 * A number of the standard normal distribution.
 *
 * @param random gives multiples of 2^-32 in [0, 1); two draws serve 98.8 % of the calls
 */
export function standardNormal(random: () => number): number {
  for (;;) {
    const bits = random() * layers;
    const layer = bits | 0;
    // 24 bits are left over from the choice of the layer, and the second draw fills a float64 up.
    const position = 2 * (bits - layer + random() * 2 ** -24) - 1;
    if (Math.abs(position) < safeShares[layer]) return position * widths[layer];
    if (layer === 0) return tail(random, position < 0);
    const x = position * widths[layer];
    const bottom = density(widths[layer]);
    const top = density(widths[layer + 1]);
    if (bottom + random() * (top - bottom) < density(x)) return x;
  }
}

/** Marsaglia's tail: a normal number beyond `tailStart`. */
function tail(random: () => number, negative: boolean): number {
  for (;;) {
    // 1 - random() is never 0.
    const beyond = -Math.log(1 - random()) / tailStart;
    if (-2 * Math.log(1 - random()) >= beyond * beyond) return negative ? -tailStart - beyond : tailStart + beyond;
  }
}
