import { ArgumentError, type DTypeArray, printShape, type Shape, ShapeError, sizeOf, type Tensor } from '@convgrad/core';
import { checkIndex, type Dataset } from './dataset.ts';
import { gatherRows, writtenTensor } from './rows.ts';

/** An image [C, H, W], float32, and its label, an int32 scalar. In a batch [N, C, H, W] and [N]. */
export type LabelledImage = [image: Tensor, label: Tensor];

/** One mean and standard deviation for all channels, of pixels in 0..1. */
export interface PixelNormalization {
  readonly mean: number;
  readonly std: number;
}

/** Options of an `ImageDataset`. */
export interface ImageDatasetOptions {
  /** Makes pixels (pixel - mean) / std; they are in 0..1 without. */
  readonly normalize?: PixelNormalization;
}

/**
 * Labelled images that stay bytes in memory: each batch is converted on its way out, by a table of the 256 values.
 *
 * @throws ShapeError if images and labels differ in number or the bytes are not whole images; ArgumentError for a std that is not positive
 * @example
 * const [pixels, classes] = [Uint8Array.of(0, 255, 51, 102), Uint8Array.of(7, 4)];
 * const dataset = new ImageDataset(pixels, [1, 1, 2], classes, { normalize: { mean: 0.5, std: 0.25 } });
 * const [image, label] = dataset.get(0); // [[[-2, 2]]] and 7
 */
export class ImageDataset implements Dataset<LabelledImage> {
  /** All images, one after the other. */
  readonly images: Uint8Array;
  /** Shape of an image. */
  readonly imageShape: Shape;
  readonly labels: Uint8Array;
  private readonly imageSize: number;
  private readonly pixels: Float32Array;

  constructor(images: Uint8Array, imageShape: Shape, labels: Uint8Array, options: ImageDatasetOptions = {}) {
    const { mean, std } = options.normalize ?? { mean: 0, std: 1 };
    if (!Number.isFinite(mean) || !Number.isFinite(std) || std <= 0) {
      throw new ArgumentError(`ImageDataset: normalize needs a finite mean and a std > 0, got mean ${mean} and std ${std}`);
    }
    const imageSize = sizeOf(imageShape);
    if (images.length !== labels.length * imageSize) {
      throw new ShapeError(
        `ImageDataset: ${labels.length} labels need ${labels.length} images ${printShape(imageShape)} in ${labels.length * imageSize} bytes, ` +
          `got ${images.length}`,
      );
    }
    this.images = images;
    this.imageShape = imageShape;
    this.labels = labels;
    this.imageSize = imageSize;
    this.pixels = Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean) / std);
  }

  /** Number of images. */
  get length(): number {
    return this.labels.length;
  }

  /**
   * Image number `index` and its label.
   *
   * @throws IndexError if there is no such image
   */
  get(index: number): LabelledImage {
    checkIndex('ImageDataset', index, this.length);
    return this.convert(Int32Array.of(index), []);
  }

  /**
   * The images `indices`, [indices.length, ...imageShape], and their labels, [indices.length].
   *
   * @throws IndexError if there is no such image
   */
  getBatch(indices: Int32Array): LabelledImage {
    for (const index of indices) checkIndex('ImageDataset', index, this.length);
    return this.convert(indices, [indices.length]);
  }

  /** The images `indices` and their labels, with the dimensions `before` in front. */
  private convert(indices: Int32Array, before: Shape): LabelledImage {
    const { images, imageShape, imageSize, labels, pixels } = this;
    const image = writtenTensor([...before, ...imageShape], 'float32', (batch) => convertImages(images, imageSize, pixels, indices, batch));
    return [image, writtenTensor(before, 'int32', (batch) => gatherRows(labels, 1, indices, batch))];
  }
}

/** Writes the images `indices` to `batch`, each byte as `pixels` says. */
function convertImages(images: Uint8Array, imageSize: number, pixels: Float32Array, indices: Int32Array, batch: DTypeArray): void {
  let next = 0;
  for (const index of indices) {
    const end = (index + 1) * imageSize;
    for (let i = index * imageSize; i < end; i++) batch[next++] = pixels[images[i]];
  }
}
