import { Tensor } from '@convgrad/core';

/*
 * What a comment behind code says about its value:
 *
 *   [1, 2.5], 'text', { a: 1 }    the value, numbers to the digits printed
 *   [0, 1], [2]                   several values, as a list
 *   Float32Array [0, 0]           a value of that class
 *   shape [2, 4], all 3           the shape of a tensor, and that all elements are equal
 *   shapes [2, 4] and [2]         the shapes of several tensors
 *   throws ShapeError             that the expression throws an error of this class
 *
 * Words may follow behind a comma, anything behind a colon. What does not begin like one of these is prose.
 */

interface Printed {
  readonly number: number;
  /** What the printed digits leave open. */
  readonly tolerance: number;
}

type Value = Printed | string | boolean | null | undefined | readonly Value[] | ReadonlyMap<string, Value>;

/** What a value must be. */
export interface Expectation {
  readonly kind: 'value' | 'shape' | 'throws';
  readonly values: readonly Value[];
  /** The name of the value's class, or the error's. */
  readonly className: string | null;
  /** What all elements are. */
  readonly all: Printed | null;
}

/**
 * What a comment says, or null for prose.
 *
 * @throws SyntaxError for what begins like a value and does not go on like one
 */
export function parseExpectation(comment: string): Expectation | null {
  const error = /^throws (\w+)$/.exec(comment);
  if (error !== null) return { kind: 'throws', values: [], className: error[1], all: null };
  const start = /^(shapes?\b|[A-Z]\w*Array(?= \[))?\s*(?=[[{'\d-]|NaN\b|Infinity\b|true\b|false\b|null\b|undefined\b)/.exec(comment);
  if (start === null) return null;
  const [prefix, word = ''] = start;
  const reader = new Reader(comment, prefix.length);
  const values = [reader.value()];
  let all: Printed | null = null;
  while (reader.take(/(,| and) (?=[[{'\d-])/y)) values.push(reader.value());
  if (word === 'shape' && reader.take(/, all (?=[\d-])/y)) all = reader.number();
  reader.endOrWords();
  const isShape = word.startsWith('shape');
  return { kind: isShape ? 'shape' : 'value', values, className: isShape || word === '' ? null : word, all };
}

class Reader {
  private readonly text: string;
  private at: number;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  /** Reads what a sticky pattern matches, if it does. */
  take(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return null;
    this.at += match[0].length;
    return match[0];
  }

  value(): Value {
    if (this.take(/\[\s*/y) !== null) return this.list();
    if (this.take(/\{\s*/y) !== null) return this.record();
    if (this.take(/'/y) !== null) return this.string();
    const word = this.take(/(true|false|null|undefined)\b/y);
    if (word !== null) return { true: true, false: false, null: null, undefined }[word];
    return this.number();
  }

  number(): Printed {
    const text = this.take(/-?(\d[\d_]*(\.\d+)?(e[+-]?\d+)?|Infinity\b)|NaN\b/y)?.replaceAll('_', '');
    if (text === undefined) throw this.unexpected();
    const number = Number(text);
    const [, fraction = '', exponent = '0'] = /^[^.e]*(?:\.(\d+))?(?:e(.*))?$/.exec(text) ?? [];
    const isWhole = fraction === '' && exponent === '0';
    if (isWhole) return { number, tolerance: Number.isFinite(number) ? 1e-6 * Math.max(1, Math.abs(number)) : 0 };
    return { number, tolerance: 0.501 * 10 ** (Number(exponent) - fraction.length) };
  }

  /** Nothing more, or words. */
  endOrWords(): void {
    if (this.take(/\s*($|: |, (?![[{'\d-])\w)/y) === null) throw this.unexpected();
  }

  private list(): Value[] {
    const values: Value[] = [];
    while (this.take(/\s*\]/y) === null) {
      values.push(this.value());
      if (this.take(/,\s*|(?=\s*\])/y) === null) throw this.unexpected();
    }
    return values;
  }

  private record(): Map<string, Value> {
    const record = new Map<string, Value>();
    while (this.take(/\s*\}/y) === null) {
      const key = this.take(/\w+(?=: )/y);
      if (key === null) throw this.unexpected();
      this.take(/: /y);
      record.set(key, this.value());
      if (this.take(/,\s*|(?=\s*\})/y) === null) throw this.unexpected();
    }
    return record;
  }

  private string(): string {
    const text = this.take(/[^']*(?=')/y);
    if (text === null) throw this.unexpected();
    this.take(/'/y);
    return text.replaceAll('\\n', '\n');
  }

  private unexpected(): SyntaxError {
    return new SyntaxError(`'${this.text}' cannot be read as a value from '${this.text.slice(this.at)}'`);
  }
}

/** Whether a value is what was expected; of what throws, the error. */
export function satisfies(actual: unknown, { kind, values, className, all }: Expectation): boolean {
  if (kind === 'throws') return actual instanceof Error && classOf(actual) === className;
  const actuals: readonly unknown[] = values.length > 1 && Array.isArray(actual) ? actual : [actual];
  return (
    actuals.length === values.length &&
    actuals.every((each, index) => {
      if (kind === 'value') return isEqual(each, values[index]) && (className === null || classOf(each) === className);
      return each instanceof Tensor && isEqual(each.shape, values[index]) && (all === null || each.data.every((v) => isEqual(v, all)));
    })
  );
}

function isEqual(actual: unknown, expected: Value): boolean {
  if (actual instanceof Tensor) return isEqual(actual.toArray(), expected);
  if (isList(expected)) {
    const list = ArrayBuffer.isView(actual) && !(actual instanceof DataView) ? numbersOf(actual) : actual;
    return Array.isArray(list) && list.length === expected.length && expected.every((value, index) => isEqual(list[index], value));
  }
  if (expected instanceof Map) {
    if (typeof actual !== 'object' || actual === null) return false;
    const entries = Object.entries(actual);
    return entries.length === expected.size && entries.every(([key, value]) => expected.has(key) && isEqual(value, expected.get(key)));
  }
  if (typeof expected === 'object' && expected !== null && 'number' in expected) return isNear(actual, expected);
  return actual === expected;
}

function isNear(actual: unknown, { number, tolerance }: Printed): boolean {
  return typeof actual === 'number' && (Object.is(actual, number) || actual === number || Math.abs(actual - number) <= tolerance);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function numbersOf(view: ArrayBufferView): unknown[] {
  return Symbol.iterator in view && typeof view[Symbol.iterator] === 'function'
    ? Array.from(view as ArrayBufferView & Iterable<unknown>)
    : [];
}

function classOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? value.constructor.name : typeof value;
}
