/** Two nets tried on the same images. */
export interface Comparison {
  /** Difference of the shares of images recognised: first less second. */
  readonly difference: number;
  /** Standard error of the difference: from the images on which the two disagree (McNemar, 1947). */
  readonly standardError: number;
  readonly verdict: 'better' | 'worse' | 'undecided';
}

/** Compares what two nets recognised, image by image; the verdict is undecided within two standard errors. */
export function compare(first: readonly boolean[], second: readonly boolean[]): Comparison {
  const images = first.length;
  const onlyFirst = first.filter((right, index) => right && !second[index]).length;
  const onlySecond = second.filter((right, index) => right && !first[index]).length;
  const gap = onlyFirst - onlySecond;
  const standardError = Math.sqrt(onlyFirst + onlySecond - gap ** 2 / images) / images;
  const difference = gap / images;
  const verdict = Math.abs(difference) <= 2 * standardError ? 'undecided' : difference > 0 ? 'better' : 'worse';
  return { difference, standardError, verdict };
}
