import { ArgumentError, type ConvgradError, DTypeError, IndexError, ShapeError } from '@convgrad/core';

type ErrorClass = typeof ConvgradError;

/** The class of the error that a known case must throw. */
const byCase: Readonly<Record<string, ErrorClass>> = {
  'add/error_shapes': ShapeError,
  'conv2d/error_too_small': ShapeError,
  'conv2d/error_channels': ShapeError,
  'conv2d/error_groups': ShapeError,
  'linear/error_features': ShapeError,
  'embedding/error_range': IndexError,
  'cross_entropy/error_target': IndexError,
};

/**
 * What PyTorch says of a case, and our classes for that. PyTorch does not tell wrong sizes from wrong options, so where its message speaks
 * of an option, both are right.
 */
const byMessage: readonly (readonly [RegExp, readonly ErrorClass[]])[] = [
  [/dimension out of range|dim(ension)? .* (out of|appears)/i, [ShapeError, ArgumentError]],
  [/out of (range|bounds)/i, [IndexError]],
  [/dtype|scalar type|data type|(Long|Int|Float|Double|Byte)Tensor/, [DTypeError]],
  [
    /pad|groups|stride|dilation|kernel|divisible|divisor|reduction|smoothing|factor|scale|mode|negative|non-empty/i,
    [ShapeError, ArgumentError],
  ],
];

/** The error classes of which a case that must fail has to throw one; `message` is PyTorch's. */
export function expectedErrors(caseName: string, message: string): readonly ErrorClass[] {
  const known = Object.hasOwn(byCase, caseName) ? byCase[caseName] : undefined;
  if (known !== undefined) return [known];
  return byMessage.find(([pattern]) => pattern.test(message))?.[1] ?? [ShapeError];
}
