/*
 * Our side of the ruler: answers the requests of protocol.ts until its input ends. Backend and threads are those of the environment.
 */
import { createInterface } from 'node:readline';
import { backend, instructionSet } from '@convgrad/core';
import { measureOverhead } from '../overhead.ts';
import { measurePeaks } from '../peaks.ts';
import type { Absent, Answers, Request } from '../protocol.ts';
import { runOf } from '../workloads/runs.ts';

type Answer = Answers[Request['do']] | Absent;

const runs = new Map<string, () => void>();

/** Times of the runs that begin within so many milliseconds, at least one. */
function repeat(run: () => void, milliseconds: number): number[] {
  const end = performance.now() + milliseconds;
  const times: number[] = [];
  do {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  } while (performance.now() < end);
  return times;
}

function answer(request: Request): Answer {
  switch (request.do) {
    case 'describe':
      return {
        implementation: `convgrad-${backend()}`,
        versions: { node: process.versions.node, v8: process.versions.v8 },
        variant: instructionSet(),
      };
    case 'prepare': {
      if (request.layout !== 'contiguous') return { absent: 'there is one layout only' };
      const run = runOf(request);
      runs.set(request.id, run);
      return { times: repeat(run, request.milliseconds) };
    }
    case 'sample': {
      const run = runs.get(request.id);
      if (run === undefined) return { absent: `nothing was prepared as ${request.id}` };
      if (request.warm > 0) repeat(run, request.warm);
      return { times: repeat(run, request.milliseconds) };
    }
    case 'release':
      runs.clear();
      return {};
    case 'peaks':
      return measurePeaks(request.sizes, request.milliseconds);
    case 'overhead':
      return measureOverhead(request.milliseconds);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request: Request = JSON.parse(line);
  let text: string;
  try {
    text = JSON.stringify(answer(request));
  } catch (error) {
    text = JSON.stringify({ absent: String(error) });
  }
  process.stdout.write(`${text}\n`);
}
