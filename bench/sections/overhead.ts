import { isAbsent } from '../run/child.ts';
import { ways } from '../run/programs.ts';
import { closeTeam, startTeam } from '../run/team.ts';
import type { Measure } from './section.ts';

/** What a node of the graph costs beside its kernel. */
export const overhead: Measure = async ({ quick, peers, python }, progress) => {
  const team = await startTeam(
    ways(
      peers.filter((peer) => peer === 'torch'),
      [1],
      python,
    ).filter(({ allocator }) => allocator !== 'kept'),
  );
  const rows: [string, number, number, number][] = [];
  for (const { way, child } of team.members) {
    progress(way.implementation);
    const answer = await child.ask({ do: 'overhead', milliseconds: quick ? 200 : 1000 });
    if (isAbsent(answer)) throw new Error(`${way.implementation}: ${answer.absent}`);
    const { microsecondsForward, microsecondsBackward } = answer;
    rows.push([way.implementation, microsecondsForward, microsecondsBackward, microsecondsForward + microsecondsBackward]);
  }
  await closeTeam(team);
  return {
    title: 'Overhead of a node of the graph',
    note: 'Microseconds a node, medians, in a chain of 1,000 additions to a tensor of one element, on one thread.',
    head: ['implementation', 'forward', 'backward', 'together'],
    rows,
    charts: [],
    absences: team.absences,
  };
};
