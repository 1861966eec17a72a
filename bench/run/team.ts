import type { Description, Layout } from '../protocol.ts';
import { Child, isAbsent } from './child.ts';
import { type Implementation, remedies, type Way } from './programs.ts';

/** A worker that is there. */
export interface Member {
  readonly way: Way;
  readonly child: Child;
  readonly description: Description;
}

/** An implementation that is not there: why, and what helps. */
export interface Absence {
  readonly implementation: Implementation;
  readonly reason: string;
  readonly remedy: string;
}

/** The workers of a run: all of them are started at once, and asked in turn. */
export interface Team {
  readonly members: readonly Member[];
  readonly absences: readonly Absence[];
}

/** Starts a worker for every way. */
export async function startTeam(ways: readonly Way[]): Promise<Team> {
  const members: Member[] = [];
  const absences = new Map<Implementation, Absence>();
  for (const way of ways) {
    const { implementation } = way;
    if (absences.has(implementation)) continue;
    const child = new Child(way.program);
    const description = await child.ask({ do: 'describe' });
    if (!isAbsent(description) && description.implementation === implementation) {
      members.push({ way, child, description });
      continue;
    }
    const reason = isAbsent(description) ? description.absent : `its worker runs ${description.implementation}`;
    absences.set(implementation, { implementation, reason, remedy: remedies[implementation] });
    await child.close();
  }
  return { members, absences: [...absences.values()] };
}

export async function closeTeam({ members }: Team): Promise<void> {
  await Promise.all(members.map(({ child }) => child.close()));
}

/** The versions of everything that takes part. */
export function versionsOf({ members }: Team): Record<string, string> {
  return Object.assign({}, ...members.map(({ description }) => description.versions));
}

/** How a row names the way: kernels or instruction set, and for PyTorch allocator and layout. */
export function variantOf({ way, description }: Member, layout: Layout): string {
  return way.allocator === null ? description.variant : `${way.allocator} allocator, ${layout}, ${description.variant}`;
}
