/** Base of every error that convgrad throws on purpose; `instanceof ConvgradError` tells them from bugs. */
export class ConvgradError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/** Sizes or dimensions that do not fit together. */
export class ShapeError extends ConvgradError {}

/** An element type that an operation does not take, or two that do not mix. */
export class DTypeError extends ConvgradError {}

/** A gradient that was asked for and does not exist, a graph that was already consumed, a value that was overwritten. */
export class GradientError extends ConvgradError {}

/** An index outside its dimension. */
export class IndexError extends ConvgradError {}

/** An option or argument with a value that is not allowed. */
export class ArgumentError extends ConvgradError {}

/** A tensor whose memory `backward()` or `inferenceMode` recycled was read. */
export class RecycledError extends ConvgradError {}

/** Kernels, files or data that are missing or damaged. */
export class ResourceError extends ConvgradError {}

/** A state that does not fit the module or optimizer it is loaded into. */
export class StateError extends ConvgradError {}
