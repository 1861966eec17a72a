import { isFloat, noGrad, printShape, StateError, sameShape, type Tensor } from '@convgrad/core';

/** Parameters and buffers by their names: 'layers.0.weight'. */
export type StateDict = Record<string, Tensor>;

/** Options of `loadStateDict`. */
export interface LoadOptions {
  /** Whether missing and unexpected keys are an error. Default true. */
  readonly strict?: boolean;
}

/** Which keys a load did not find, and which it had no use for. */
export interface LoadResult {
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
}

/**
 * Writes a state into the tensors of the same names: all of it, or nothing where something does not fit.
 *
 * @throws StateError that lists every key that is missing, unexpected, or of another shape or kind
 */
export function loadState(
  name: string,
  targets: ReadonlyMap<string, Tensor>,
  state: Readonly<StateDict>,
  { strict = true }: LoadOptions,
): LoadResult {
  const missingKeys = [...targets.keys()].filter((key) => !Object.hasOwn(state, key));
  const unexpectedKeys = Object.keys(state).filter((key) => !targets.has(key));
  const problems: string[] = [];
  if (strict && missingKeys.length > 0) problems.push(`missing keys: ${missingKeys.join(', ')}`);
  if (strict && unexpectedKeys.length > 0) problems.push(`unexpected keys: ${unexpectedKeys.join(', ')}`);
  const loads: [target: Tensor, source: Tensor][] = [];
  for (const [key, target] of targets) {
    if (!Object.hasOwn(state, key)) continue;
    const source = state[key];
    const problem = mismatch(target, source);
    if (problem === null) loads.push([target, source]);
    else problems.push(`${key}: ${problem}`);
  }
  if (problems.length > 0) throw new StateError(`loadStateDict: the state does not fit ${name}:\n  ${problems.join('\n  ')}`);
  noGrad(() => {
    for (const [target, source] of loads) target.copy_(source.to(target.dtype));
  });
  return { missingKeys, unexpectedKeys };
}

function mismatch(target: Tensor, source: Tensor): string | null {
  source.checkAlive();
  if (!sameShape(target.shape, source.shape)) {
    return `the state has shape ${printShape(source.shape)}, the module ${printShape(target.shape)}`;
  }
  // Precision is converted; a number of another kind is another thing.
  if (isFloat(target.dtype) !== isFloat(source.dtype)) return `the state is ${source.dtype}, the module ${target.dtype}`;
  return null;
}
