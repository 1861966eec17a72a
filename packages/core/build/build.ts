import { rmSync } from 'node:fs';
import type { KernelVariant } from '../src/kernels/variant.ts';
import { pruneCache } from './cache.ts';
import type { Compilers } from './compilers.ts';
import { describeFailures, type StepFailure } from './failures.ts';
import { writeIfChanged } from './files.ts';
import { kernelArgumentsHeader } from './header.ts';
import { binaryPath, importComplaint, installBinary, linkHash, linkJob, recordedHash } from './link.ts';
import { type ObjectPlan, objectsToCompile } from './object_plan.ts';
import { compileJobs, planObjects } from './objects.ts';
import type { BuildFolders } from './paths.ts';
import type { BuildSteps } from './steps.ts';
import { listUnits, type Unit } from './units.ts';

/** What a build did: nothing, since all was up to date; all that was to be done; or as far as an error that it reported. */
export type BuildOutcome = 'fresh' | 'built' | 'failed';

/** What to build, and where to say what is remarkable. */
export interface BuildRequest {
  readonly folders: BuildFolders;
  readonly variants: readonly KernelVariant[];
  readonly report: (text: string) => void;
  /** Default: every unit of the table. */
  readonly units?: readonly Unit[];
}

/** Brings the binaries of the variants up to date with the sources, one process at a time; says nothing if they are. */
export async function buildKernels(request: BuildRequest): Promise<BuildOutcome> {
  const { folders, variants, report, units = listUnits() } = request;
  writeIfChanged(`${folders.generated}/kernel_args.h`, kernelArgumentsHeader());
  const isFresh = (variant: KernelVariant): boolean =>
    recordedHash(binaryPath(folders, variant)) === linkHash(planObjects(folders, variant, units).objects);
  if (variants.every(isFresh)) {
    return 'fresh';
  }
  const [{ withBuildLock }, { createCompilers }] = await Promise.all([import('./lock.ts'), import('./compilers.ts')]);
  const build = async (): Promise<BuildOutcome> => {
    // The engine has compiled what the compilers are made of once the first variant is built: so the same build the next.
    const compilers = createCompilers();
    let outcome: BuildOutcome = 'fresh';
    try {
      for (const variant of variants) {
        if (outcome !== 'failed' && !isFresh(variant)) {
          outcome = await buildVariant(request, variant, compilers);
        }
      }
      return outcome;
    } finally {
      compilers.stop();
    }
  };
  return withBuildLock(folders.cache, build, () => report('another process is building the kernels: waiting for it'));
}

async function buildVariant(
  { folders, report, units = listUnits() }: BuildRequest,
  variant: KernelVariant,
  compilers: Compilers,
): Promise<BuildOutcome> {
  const plan = planObjects(folders, variant, units);
  if (plan.missing.length > 0) {
    report(`failed: the table of kernels names sources that ${folders.sources} does not hold: ${plan.missing.join(', ')}`);
    return 'failed';
  }
  const binary = binaryPath(folders, variant);
  const objects = objectsToCompile(plan.objects);
  const { startSteps } = await import('./steps.ts');
  const steps = startSteps(compilers, `kernels (${variant})`, objects.length + 1);
  try {
    const failures = await steps.run(compileJobs(objects, variant));
    if (failures.length === 0) {
      failures.push(...(await link(folders, plan.objects, binary, steps)));
    }
    steps.stop();
    if (failures.length === 0) {
      return 'built';
    }
    // Up to here other programs could load the last binary; after a failure they must not run on kernels older than their sources.
    rmSync(binary, { force: true });
    describeFailures(failures).forEach(report);
    return 'failed';
  } finally {
    steps.stop();
    pruneCache(folders.cache);
  }
}

async function link(folders: BuildFolders, objects: readonly ObjectPlan[], binary: string, steps: BuildSteps): Promise<StepFailure[]> {
  const job = linkJob(folders, objects);
  const failures = await steps.run(new Map([['link', job]]));
  if (failures.length > 0) {
    return failures;
  }
  const complaint = importComplaint(job.path);
  if (complaint !== undefined) {
    return [{ step: 'link', messages: complaint }];
  }
  installBinary(job.path, binary, linkHash(objects));
  return [];
}
