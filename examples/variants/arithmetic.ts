import type { MiddlePlace } from './network.ts';

/** A factor of a formula, as a letter, as a number in its place, and its value. */
interface Factor {
  readonly letter: string;
  readonly digits: string;
  readonly value: number;
}

/** A product, of which a part may be divided by the number of groups. */
export interface Term {
  readonly factors: readonly Factor[];
  readonly divisor?: Factor;
}

const letter = (name: string, value: number): Factor => ({ letter: name, digits: `${value}`, value });

/** The letters of the formulas at a middle layer: kernel size K, input channels M, output channels N, groups g. */
export function letters({ inChannels, outChannels }: MiddlePlace, kernelSize: number, groups = 1) {
  return {
    K: letter('K', kernelSize),
    K2: { letter: 'K²', digits: `${kernelSize}²`, value: kernelSize ** 2 },
    M: letter('M', inChannels),
    N: letter('N', outChannels),
    g: letter('g', groups),
    count: (value: number) => letter(`${value}`, value),
  } as const;
}

/** The product of factors, divided by the last argument where there is one. */
export function term(factors: readonly Factor[], divisor?: Factor): Term {
  return divisor === undefined ? { factors } : { factors, divisor };
}

export function sumOfTerms(terms: readonly Term[]): number {
  return terms.reduce(
    (sum, { factors, divisor }) => sum + factors.reduce((product, { value }) => product * value, 1) / (divisor?.value ?? 1),
    0,
  );
}

/** The terms in letters: "K² M + M N". */
export function inLetters(terms: readonly Term[]): string {
  return terms
    .map(({ factors, divisor }) => `${factors.map((f) => f.letter).join(' ')}${divisor === undefined ? '' : ` / ${divisor.letter}`}`)
    .join(' + ');
}

/** The terms in numbers: "3²·16 + 16·32". */
export function inNumbers(terms: readonly Term[]): string {
  return terms
    .map(({ factors, divisor }) => `${factors.map((f) => f.digits).join('·')}${divisor === undefined ? '' : `/${divisor.digits}`}`)
    .join(' + ');
}

/** Multiply-adds of one middle layer: so many at each position of an image. */
export interface LayerCost {
  readonly terms: readonly Term[];
  readonly height: number;
  readonly width: number;
}

export function multiplyAdds({ terms, height, width }: LayerCost): number {
  return sumOfTerms(terms) * height * width;
}

/** The costs of layers as one sum, written out. */
export function costsInNumbers(costs: readonly LayerCost[]): string {
  return costs
    .map(({ terms, height, width }) => `${terms.length > 1 ? `(${inNumbers(terms)})` : inNumbers(terms)}·${height}·${width}`)
    .join(' + ');
}
