/** The size of a part when `total` is cut evenly into as few parts as can be, of at most `most` each; at least 1. */
export function evenShare(total: number, most: number): number {
  return Math.max(1, Math.ceil(total / Math.max(1, Math.ceil(total / most))));
}
