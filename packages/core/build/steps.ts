import type { CompilerJob, CompilerResult } from './compiler_process.ts';
import type { Compilers } from './compilers.ts';
import type { StepFailure } from './failures.ts';
import { startProgress } from './progress.ts';

/** Carries out the steps of a build in compilers side by side, and shows how far it is. */
export interface BuildSteps {
  /** Runs jobs, named by their steps, in order. @returns those that failed. */
  run(jobs: ReadonlyMap<string, CompilerJob>): Promise<StepFailure[]>;
  /** Ends the display; a second call does nothing. */
  stop(): void;
}

/** Makes ready for a build of so many steps. */
export function startSteps(compilers: Compilers, title: string, count: number): BuildSteps {
  const progress = startProgress(title, count);
  return {
    async run(jobs) {
      const failures: StepFailure[] = [];
      const finished = (step: string, result: CompilerResult): void => {
        progress.finished(step, result.seconds);
        if (!result.succeeded) {
          failures.push({ step, messages: result.messages });
        }
      };
      await compilers.run(jobs, { started: progress.started, finished });
      return failures;
    },
    stop: () => progress.stop(),
  };
}
