/**
 * Base of every error that convgrad throws on purpose; `instanceof ConvgradError` tells them from bugs.
 *
 * @example
 * try {
 *   reshape(zeros([4]), [3]);
 * } catch (error) {
 *   error instanceof ConvgradError // true
 * }
 */
export class ConvgradError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/**
 * Sizes or dimensions that do not fit together.
 *
 * @example reshape(zeros([4]), [3]) // throws ShapeError
 */
export class ShapeError extends ConvgradError {}

/**
 * An element type that an operation does not take, or two that do not mix.
 *
 * @example add(zeros([2]), zeros([2], { dtype: 'float64' })) // throws DTypeError
 */
export class DTypeError extends ConvgradError {}

/**
 * A gradient that was asked for and does not exist, a graph that was already consumed, a value that was overwritten.
 *
 * @example zeros([2]).sum().backward() // throws GradientError
 */
export class GradientError extends ConvgradError {}

/**
 * An index outside its dimension.
 *
 * @example index(zeros([2]), 5) // throws IndexError
 */
export class IndexError extends ConvgradError {}

/**
 * An option or argument with a value that is not allowed.
 *
 * @example arange(0, 1, 0) // throws ArgumentError
 */
export class ArgumentError extends ConvgradError {}

/**
 * A tensor whose memory `backward()` or `inferenceMode` recycled was read.
 *
 * @example
 * const y = rand([200, 200], { requiresGrad: true }).exp();
 * y.sum().backward();
 * y.sum() // throws RecycledError
 */
export class RecycledError extends ConvgradError {}

/**
 * Kernels, files or data that are missing or damaged.
 *
 * @example mnist({ split: 'test', root: 'no/such/folder' }) // throws ResourceError
 */
export class ResourceError extends ConvgradError {}

/**
 * A state that does not fit the module or optimizer it is loaded into.
 *
 * @example new Linear(2, 1).loadStateDict({}) // throws StateError
 */
export class StateError extends ConvgradError {}
