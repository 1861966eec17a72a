/** In the place of task_worker.ts where there are no worker threads to wait for: nobody can be started. */
export class TaskWorker {
  constructor() {
    throw new Error('there are no worker threads here');
  }
}

export function workingCount(): number {
  return 0;
}
