/** A function, table or global that a module wants from outside. */
export interface WasmImport {
  readonly module: string;
  readonly name: string;
}

const importSection = 2;
const kinds = { function: 0, table: 1, memory: 2, global: 3 } as const;

/**
 * What a module imports besides memories, read from its bytes: an engine lists the imports of a module only if it takes
 * all of its instructions, which relaxed SIMD is not for every engine that packs a release.
 */
export function outsideImports(bytes: Uint8Array): WasmImport[] {
  const reader = new WasmReader(bytes, 8);
  while (!reader.atEnd()) {
    const section = reader.byte();
    const size = reader.integer();
    if (section === importSection) {
      return Array.from({ length: reader.integer() }, () => readImport(reader)).filter((entry) => entry !== undefined);
    }
    reader.skip(size);
  }
  return [];
}

function readImport(reader: WasmReader): WasmImport | undefined {
  const module = reader.text();
  const name = reader.text();
  const kind = reader.byte();
  if (kind === kinds.function) {
    reader.integer();
  } else if (kind === kinds.global) {
    reader.skip(2);
  } else {
    if (kind === kinds.table) {
      reader.skip(1);
    }
    const hasMaximum = (reader.byte() & 1) === 1;
    reader.integer();
    if (hasMaximum) {
      reader.integer();
    }
  }
  return kind === kinds.memory ? undefined : { module, name };
}

class WasmReader {
  readonly #bytes: Uint8Array;
  #position: number;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.#position = position;
  }

  atEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  skip(count: number): void {
    this.#position += count;
  }

  byte(): number {
    return this.#bytes[this.#position++] ?? 0;
  }

  /** An unsigned integer in LEB128. */
  integer(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) {
        return value;
      }
    }
  }

  text(): string {
    const length = this.integer();
    const text = new TextDecoder().decode(this.#bytes.subarray(this.#position, this.#position + length));
    this.skip(length);
    return text;
  }
}
