/** The least multiple of `step` that is not below `value`. */
export function alignUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
