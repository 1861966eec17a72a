import { readdirSync, rmSync, statSync } from 'node:fs';

const keptDays = 30;

/** Deletes what was built so long ago that nobody is likely to come back to it. What is still needed would be built again. */
export function pruneCache(folder: string, now: number = Date.now()): void {
  for (const name of readdirSync(folder)) {
    const path = `${folder}/${name}`;
    if (/\.(o|wasm|tmp)$/.test(name) && now - statSync(path).mtimeMs > keptDays * 86_400_000) {
      rmSync(path, { force: true });
    }
  }
}
