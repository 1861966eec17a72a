import { families } from './families.ts';
import { Fields } from './fields.ts';
import { type GoldenFile, type GoldenFolder, readLines } from './golden_folder.ts';
import type { Precision } from './golden_tensor.ts';

/** What came of one case, or of a file that could not be run. */
export interface Outcome {
  readonly family: string;
  readonly name: string;
  /** Null if it passed. */
  readonly failure: string | null;
}

/** The family under which files that are none are counted. */
export const unknownFamily = 'unknown file';

/** Runs one case of a family in one precision; throws where it does not give what it must. */
export function runCase(family: string, line: string, precision: Precision): void {
  families[family].run(parseCase(line), precision);
}

/** The name of a case, and the precisions that it is to be run in. */
export function describeCase(family: string, line: string): { readonly name: string; readonly precisions: readonly Precision[] } {
  const name = parseCase(line).string('name');
  return { name, precisions: families[family].precisions(name) };
}

function parseCase(line: string): Fields {
  const value: unknown = JSON.parse(line);
  return new Fields('case', value);
}

/** Runs the cases of a folder, of the families asked for or of all: each in float64 and, where it suits, in float32. */
export function* runFolder(folder: GoldenFolder, wanted: readonly string[]): Generator<Outcome> {
  if (wanted.length === 0) {
    for (const name of folder.unknown)
      yield { family: unknownFamily, name, failure: 'not a file of golden cases: FAMILY.jsonl or FAMILY.jsonl.gz' };
  }
  for (const file of folder.files) if (wanted.length === 0 || wanted.includes(file.family)) yield* runFile(file);
  for (const family of wanted) {
    if (!folder.files.some((file) => file.family === family)) {
      yield {
        family,
        name: family,
        failure: `the folder has no ${family}.jsonl; it has ${folder.files.map((file) => file.family).join(', ')}`,
      };
    }
  }
}

function* runFile(file: GoldenFile): Generator<Outcome> {
  const { family } = file;
  let lines: string[];
  try {
    lines = readLines(file);
  } catch (error) {
    yield { family, name: file.path, failure: messageOf(error) };
    return;
  }
  for (let index = 0; index < lines.length; index++) yield runLine(family, lines[index], `line ${index + 1}`);
}

function runLine(family: string, line: string, place: string): Outcome {
  let name = place;
  let running = '';
  try {
    const described = describeCase(family, line);
    name = described.name;
    for (const precision of described.precisions) {
      running = `${precision}: `;
      runCase(family, line, precision);
    }
    return { family, name, failure: null };
  } catch (error) {
    return { family, name, failure: running + messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name === 'Error' ? error.constructor.name : error.name}: ${error.message}` : String(error);
}
