/** Times of the runs that begin within so many milliseconds, at least one. */
export function repeat(run, milliseconds) {
  const end = performance.now() + milliseconds;
  const times = [];
  do {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  } while (performance.now() < end);
  return times;
}
