import { mkdirSync } from 'node:fs';
import { check, lock } from 'proper-lockfile';

/**
 * Runs `work` while no other process builds in the same folder; `onWait` hears when there is one to wait for.
 * A lock whose owner died is taken over after some seconds.
 */
export async function withBuildLock<R>(folder: string, work: () => Promise<R>, onWait: () => void): Promise<R> {
  mkdirSync(folder, { recursive: true });
  const options = { lockfilePath: `${folder}/build.lock`, stale: 5000 };
  if (await check(folder, options)) {
    onWait();
  }
  const release = await lock(folder, {
    ...options,
    update: 1000,
    retries: { forever: true, factor: 1, minTimeout: 200, maxTimeout: 200 },
    // Somebody took the lock from a builder that was asleep: both write the same content, each file in one piece.
    onCompromised: () => {},
  });
  try {
    return await work();
  } finally {
    await release().catch(() => {});
  }
}
