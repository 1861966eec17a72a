import { Generator, tensor } from '@convgrad/core';
import { type Dataset, type ImageDataset, type LabelledImage, mnistPixels } from '@convgrad/data';

/** How a digit is turned, resized and moved. */
export interface Pose {
  /** Counter-clockwise, in radians. */
  readonly angle: number;
  /** Size relative to the original. */
  readonly scale: number;
  /** In pixels, down and to the right. */
  readonly shift: readonly [y: number, x: number];
}

/** The pose that changes nothing. */
export const upright: Pose = { angle: 0, scale: 1, shift: [0, 0] };

/** What poses are drawn from, uniformly: degrees, factor, pixels. */
export const poseRange = { degrees: 60, scale: [0.55, 1.15], shift: 4 } as const;

/** Draws a pose. */
export function drawPose(generator: Generator): Pose {
  const within = (low: number, high: number) => low + (high - low) * generator.uniform();
  const angle = (within(-poseRange.degrees, poseRange.degrees) * Math.PI) / 180;
  const scale = within(...poseRange.scale);
  return { angle, scale, shift: [within(-poseRange.shift, poseRange.shift), within(-poseRange.shift, poseRange.shift)] };
}

/**
 * Writes a square image of bytes in a pose, as numbers in 0..1. Each pixel is looked up where it comes from: with c the centre, R the
 * rotation, s the scale and t the shift, it is at R^-1 (p - c - t) / s + c, interpolated bilinearly; outside the image are zeros.
 */
export function poseImage(image: Uint8Array, size: number, { angle, scale, shift }: Pose, out: Float32Array): void {
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const centre = (size - 1) / 2;
  const pixel = (y: number, x: number) => (y < 0 || x < 0 || y >= size || x >= size ? 0 : image[y * size + x]);
  for (let row = 0, next = 0; row < size; row++) {
    for (let column = 0; column < size; column++, next++) {
      const [down, right] = [row - centre - shift[0], column - centre - shift[1]];
      const y = cos * down + sin * right + centre;
      const x = cos * right - sin * down + centre;
      const [top, left] = [Math.floor(y), Math.floor(x)];
      const [a, b] = [y - top, x - left];
      const above = (1 - b) * pixel(top, left) + b * pixel(top, left + 1);
      const below = (1 - b) * pixel(top + 1, left) + b * pixel(top + 1, left + 1);
      out[next] = ((1 - a) * above + a * below) / 255;
    }
  }
}

/** Digits of a dataset in random poses, normalised; made each time they are read. */
export class TransformedDigits implements Dataset<LabelledImage> {
  readonly length: number;
  readonly #digits: ImageDataset;
  readonly #poseOf: (index: number) => Pose;

  /** The first `length` digits, with the pose that `poseOf` gives each time that a digit is read. */
  constructor(digits: ImageDataset, length: number, poseOf: (index: number) => Pose) {
    this.length = length;
    this.#digits = digits;
    this.#poseOf = poseOf;
  }

  /** For learning: each time that a digit is read it has a new pose. */
  static fresh(digits: ImageDataset, length: number, seed: number): TransformedDigits {
    const generator = new Generator(seed);
    return new TransformedDigits(digits, length, () => drawPose(generator));
  }

  /** For testing: a digit always has the same pose. */
  static fixed(digits: ImageDataset, length: number, seed: number): TransformedDigits {
    const generator = new Generator(seed);
    const poses = Array.from({ length }, () => drawPose(generator));
    return new TransformedDigits(digits, length, (index) => poses[index]);
  }

  /** The digits that are shown, in order. */
  labels(): number[] {
    return [...this.#digits.labels.subarray(0, this.length)];
  }

  get(index: number): LabelledImage {
    const [images, labels] = this.getBatch(Int32Array.of(index));
    return [images.squeeze(0), labels.squeeze(0)];
  }

  getBatch(indices: Int32Array): LabelledImage {
    const { images, imageShape, labels } = this.#digits;
    const [, size] = imageShape;
    const pixels = new Float32Array(indices.length * size * size);
    indices.forEach((index, row) => {
      const place = pixels.subarray(row * size * size, (row + 1) * size * size);
      poseImage(images.subarray(index * size * size, (index + 1) * size * size), size, this.#poseOf(index), place);
    });
    const normalized = pixels.map((value) => (value - mnistPixels.mean) / mnistPixels.std);
    return [tensor(normalized, { shape: [indices.length, ...imageShape] }), tensor(Int32Array.from(indices, (index) => labels[index]))];
  }
}
