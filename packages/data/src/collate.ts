import { ArgumentError, DTypeError, printShape, ShapeError, sameShape, Tensor, tensor } from '@convgrad/core';
import { writtenTensor } from './rows.ts';

/**
 * What samples of type S become in a batch: tensors and numbers a tensor with one more dimension in front, strings a list, tuples and
 * records the same with each member collated.
 */
export type Collated<S> = S extends Tensor | number
  ? Tensor
  : S extends string
    ? string[]
    : S extends readonly unknown[] | Readonly<Record<string, unknown>>
      ? { -readonly [K in keyof S]: Collated<S[K]> }
      : never;

/**
 * Makes one batch of samples of the same kind: tensors [...] are stacked to [N, ...]; numbers become a float32 tensor [N] (for
 * integer labels let the samples hold int32 tensors); strings a list; arrays and plain objects are collated member by member.
 *
 * @throws ShapeError, DTypeError or ArgumentError for samples that do not fit together or are of another kind
 * @example collate([{ image: zeros([2]), name: 'a' }, { image: ones([2]), name: 'b' }]) // { image: [[0, 0], [1, 1]], name: ['a', 'b'] }
 */
export function collate<S>(samples: readonly S[]): Collated<S>;
export function collate(samples: readonly unknown[]): unknown {
  if (samples.length === 0) throw new ArgumentError('collate: there are no samples');
  if (samples.every((sample) => sample instanceof Tensor)) return stackSamples(samples);
  if (samples.every((sample) => typeof sample === 'number')) return tensor(samples);
  if (samples.every((sample) => typeof sample === 'string')) return [...samples];
  if (samples.every(isList)) return collateLists(samples);
  if (samples.every(isRecord)) return collateRecords(samples);
  throw new ArgumentError(
    `collate: samples must all be tensors, numbers, strings, arrays or plain objects, got ${kindsOf(samples)}; ` +
      'give the DataLoader a collate function of your own',
  );
}

function stackSamples(samples: readonly Tensor[]): Tensor {
  const { shape, dtype, size } = samples[0];
  samples.forEach((sample, i) => {
    if (sample.dtype !== dtype) throw new DTypeError(`collate: sample 0 is ${dtype}, but sample ${i} is ${sample.dtype}`);
    if (!sameShape(sample.shape, shape)) {
      throw new ShapeError(`collate: sample 0 has shape ${printShape(shape)}, but sample ${i} has ${printShape(sample.shape)}`);
    }
  });
  return writtenTensor([samples.length, ...shape], dtype, (batch) => {
    samples.forEach((sample, i) => {
      batch.set(sample.data, i * size);
    });
  });
}

function collateLists(samples: readonly (readonly unknown[])[]): unknown[] {
  const { length } = samples[0];
  samples.forEach((sample, i) => {
    if (sample.length !== length) {
      throw new ArgumentError(`collate: sample 0 has ${length} members, but sample ${i} has ${sample.length}`);
    }
  });
  return samples[0].map((_, member) => collate(samples.map((sample) => sample[member])));
}

function collateRecords(samples: readonly Readonly<Record<string, unknown>>[]): Record<string, unknown> {
  const keys = Object.keys(samples[0]);
  samples.forEach((sample, i) => {
    if (Object.keys(sample).length !== keys.length || !keys.every((key) => key in sample)) {
      throw new ArgumentError(
        `collate: sample 0 has the members ${keys.join(', ')}, but sample ${i} has ${Object.keys(sample).join(', ')}`,
      );
    }
  });
  return Object.fromEntries(keys.map((key) => [key, collate(samples.map((sample) => sample[key]))]));
}

function isList(sample: unknown): sample is readonly unknown[] {
  return Array.isArray(sample);
}

function isRecord(sample: unknown): sample is Readonly<Record<string, unknown>> {
  if (typeof sample !== 'object' || sample === null) return false;
  const prototype: unknown = Object.getPrototypeOf(sample);
  return prototype === null || prototype === Object.prototype;
}

function kindsOf(samples: readonly unknown[]): string {
  const kinds = samples.map((sample) =>
    typeof sample === 'object' && sample !== null ? (sample.constructor?.name ?? 'object') : sample === null ? 'null' : typeof sample,
  );
  return [...new Set(kinds)].join(' and ');
}
