/** Elements that are worth a task of their own in a loop that does little more than read and write. */
const elementsPerTask = 65536;
/** The most tasks a launch is cut into: enough for every machine's threads, few enough to cost nothing on one. */
const mostTasks = 64;

/**
 * Number of tasks for `elements` of work, at most one for each of `units` that cannot be split further; 0 for no work.
 *
 * It depends on sizes only, never on the number of threads, so that results do not either.
 *
 * @example taskCount(200_000) // 4
 */
export function taskCount(elements: number, units: number = elements): number {
  const tasks = Math.ceil(elements / elementsPerTask);
  // An odd number would not split evenly.
  return Math.min(tasks > 1 ? tasks + (tasks % 2) : tasks, units, mostTasks);
}
