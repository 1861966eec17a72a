import { ArgumentError, DTypeError, isFloat, printShape, ShapeError, type Tensor, tensor } from '@convgrad/core';

/** Makes a sample from a sample. */
export type Transform<S, R = S> = (sample: S) => R;

/**
 * One transform that applies several, the first one first.
 *
 * @example
 * const prepare = compose(normalize({ mean: 0.1307, std: 0.3081 }), (image: Tensor) => image.flatten());
 * prepare(zeros([1, 28, 28])) // shape [784], all -0.4242
 */
export function compose<S>(...transforms: readonly Transform<S>[]): Transform<S> {
  return (sample) => transforms.reduce((current, transform) => transform(current), sample);
}

/** Mean and standard deviation: of everything, or one of each channel. */
export interface Normalization {
  readonly mean: number | readonly number[];
  readonly std: number | readonly number[];
}

/**
 * The transform (image - mean) / std of images [..., C, H, W], with one mean and std for all channels or one for each.
 *
 * @throws ArgumentError for a std that is not positive; and when applied, DTypeError for integer images and ShapeError where the
 *   number of channels does not fit
 * @example normalize({ mean: [0.5, 0.5], std: [0.2, 0.1] })(ones([2, 1, 1])) // [[[2.5]], [[5]]]
 */
export function normalize(normalization: Normalization): Transform<Tensor> {
  const means = typeof normalization.mean === 'number' ? [normalization.mean] : normalization.mean;
  const stds = typeof normalization.std === 'number' ? [normalization.std] : normalization.std;
  if (!means.every(Number.isFinite) || !stds.every((std) => std > 0 && Number.isFinite(std))) {
    throw new ArgumentError(`normalize: expected finite means and stds > 0, got mean ${means.join(', ')} and std ${stds.join(', ')}`);
  }
  return (image) => {
    if (!isFloat(image.dtype)) {
      throw new DTypeError(`normalize: expected a float image, got ${image.dtype}; convert it with to('float32') and divide by 255`);
    }
    const channels = image.ndim < 3 ? undefined : image.shape[image.ndim - 3];
    if (channels === undefined || [means, stds].some(({ length }) => length !== 1 && length !== channels)) {
      throw new ShapeError(
        `normalize: expected an image [..., C, H, W] with ${Math.max(means.length, stds.length)} channels, got ${printShape(image.shape)}`,
      );
    }
    const byChannel = (values: readonly number[]) => tensor(values, { dtype: image.dtype, shape: [values.length, 1, 1] });
    return image.sub(byChannel(means)).div(byChannel(stds));
  };
}
