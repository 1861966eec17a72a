import { rivals } from './catalogue.ts';
import { type Comparison, compare } from './comparison.ts';
import { grouped, percent, type Task, tasks, type VariantReport } from './report.ts';

/** One sentence, and the comparison behind it. */
export interface Verdict {
  readonly task: Task;
  readonly sentence: string;
  readonly comparison: Comparison;
}

/** Whether the deformable nets beat the standard ones of about as many parameters, from the numbers of this run. */
export function verdicts(reports: readonly VariantReport[]): Verdict[] {
  const tried = rivals.flatMap(({ deformable, standard }) => {
    const find = (key: string) => reports.find((report) => report.variant.key === key);
    const [ours, theirs] = [find(deformable.key), find(standard.key)];
    return ours === undefined || theirs === undefined ? [] : [{ ours, theirs }];
  });
  return (['transformed', 'digits'] as const).flatMap((task) => tried.map(({ ours, theirs }) => judge(task, ours, theirs)));
}

const words = {
  better: 'beats',
  worse: 'does not beat (it does worse than)',
  undecided: 'does not clearly differ from',
} as const;

function judge(task: Task, ours: VariantReport, theirs: VariantReport): Verdict {
  const [first, second] = [ours.results[task], theirs.results[task]];
  const comparison = compare(first.right, second.right);
  const points = (share: number) => `${(100 * share).toFixed(2)}`;
  const accuracy = ({ accuracies }: VariantReport['results'][Task]) => percent(accuracies[accuracies.length - 1][1]);
  const sentence =
    `On ${tasks[task]} the ${ours.variant.name} net ${words[comparison.verdict]} the standard net of about as many parameters ` +
    `(${grouped(ours.parameters)} and ${grouped(theirs.parameters)}): ${accuracy(first)} against ${accuracy(second)}, a difference of ` +
    `${points(comparison.difference)} ± ${points(2 * comparison.standardError)} points (two standard errors over the test images).`;
  return { task, sentence, comparison };
}
