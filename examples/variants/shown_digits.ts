import { mnistPixels } from '@convgrad/data';
import { imageSize } from './network.ts';
import type { ShownDigits } from './report.ts';
import type { TransformedDigits } from './transformed_digits.ts';

/** Digits whose shapes differ most. */
const wanted = [2, 3, 4, 5, 7, 8];
/** Size of a pixel of the last middle layer, in pixels of the image. */
const cell = 4;

/** The first test digits of the wanted kinds, as far as there are some. */
export function chooseDigits(test: TransformedDigits): ShownDigits {
  const labels = test.labels();
  const found = wanted.map((digit) => labels.indexOf(digit)).filter((index) => index >= 0);
  const indices = Int32Array.from(found.length > 0 ? found : [0]);
  const [images] = test.getBatch(indices);
  const all = images.toTypedArray();
  const area = imageSize ** 2;
  const pixels = Array.from(indices, (_, place) =>
    Float32Array.from(all.subarray(place * area, (place + 1) * area), (value) => value * mnistPixels.std + mnistPixels.mean),
  );
  return { images, labels: Array.from(indices, (index) => labels[index]), pixels, centres: pixels.map(centreOfInk) };
}

function centreOfInk(pixels: Float32Array): { row: number; column: number } {
  let [ink, down, right] = [0, 0, 0];
  pixels.forEach((value, index) => {
    ink += value;
    down += value * Math.floor(index / imageSize);
    right += value * (index % imageSize);
  });
  const cellOf = (position: number) => Math.min(imageSize / cell - 1, Math.max(0, Math.floor((position + 0.5) / cell)));
  return { row: cellOf(down / ink), column: cellOf(right / ink) };
}
