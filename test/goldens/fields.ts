/** A case that does not have the form that FORMAT.md describes, or uses something that the runner or convgrad does not know. */
export class CaseError extends Error {}

/** Whether a value is a JSON object. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a JSON object field by field, says what is wrong with one, and knows in the end which were never read. */
export class Fields {
  private readonly name: string;
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly read = new Set<string>();

  constructor(name: string, value: unknown) {
    if (!isRecord(value)) throw new CaseError(`${name} is not an object`);
    this.name = name;
    this.values = value;
  }

  get keys(): string[] {
    return Object.keys(this.values);
  }

  has(key: string): boolean {
    return key in this.values;
  }

  /** The value as it stands; undefined if there is none. */
  raw(key: string): unknown {
    this.read.add(key);
    return this.values[key];
  }

  number(key: string): number {
    return this.expect(key, 'a number', isNumber);
  }

  string(key: string): string {
    return this.expect(key, 'a string', isString);
  }

  boolean(key: string): boolean {
    return this.expect(key, 'true or false', isBoolean);
  }

  numbers(key: string): readonly number[] {
    return this.expect(key, 'a list of numbers', isNumbers);
  }

  strings(key: string): readonly string[] {
    return this.expect(key, 'a list of strings', isStrings);
  }

  list(key: string): readonly unknown[] {
    return this.expect(key, 'a list', isList);
  }

  /** A number, or `fallback` for null and a field that is not there. */
  numberOr<T>(key: string, fallback: T): number | T {
    return this.isNone(key) ? fallback : this.number(key);
  }

  booleanOr<T>(key: string, fallback: T): boolean | T {
    return this.isNone(key) ? fallback : this.boolean(key);
  }

  stringOr<T>(key: string, fallback: T): string | T {
    return this.isNone(key) ? fallback : this.string(key);
  }

  /** Numbers, of which a single one may stand alone, or `fallback` for null and a field that is not there. */
  numbersOr<T>(key: string, fallback: T): readonly number[] | T {
    if (this.isNone(key)) return fallback;
    const value = this.raw(key);
    return isNumber(value) ? [value] : this.numbers(key);
  }

  /** One of some strings. */
  oneOf<T extends string>(key: string, allowed: readonly T[]): T {
    return this.expect(key, `one of ${allowed.join(', ')}`, (value): value is T => allowed.some((choice) => choice === value));
  }

  /** An object below this one. */
  fields(key: string): Fields {
    return new Fields(`${this.name}.${key}`, this.raw(key));
  }

  /** A list of objects below this one. */
  fieldsList(key: string): Fields[] {
    return this.list(key).map((value, index) => new Fields(`${this.name}.${key}[${index}]`, value));
  }

  /** Throws if a field was never read: what it asks for was not done. */
  requireAllRead(): void {
    const unread = this.keys.filter((key) => !this.read.has(key));
    if (unread.length > 0)
      throw new CaseError(`${this.name}: not understood: ${unread.map((key) => `${key} ${JSON.stringify(this.values[key])}`).join(', ')}`);
  }

  private isNone(key: string): boolean {
    const value = this.raw(key);
    return value === null || value === undefined;
  }

  private expect<T>(key: string, expected: string, test: (value: unknown) => value is T): T {
    const value = this.raw(key);
    if (!test(value)) throw new CaseError(`${this.name}.${key} must be ${expected}, not ${JSON.stringify(value)}`);
    return value;
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isNumbers(value: unknown): value is readonly number[] {
  return isList(value) && value.every(isNumber);
}

function isStrings(value: unknown): value is readonly string[] {
  return isList(value) && value.every(isString);
}
