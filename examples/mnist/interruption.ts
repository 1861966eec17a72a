/** npm passes Ctrl-C on to a program that had it from the terminal already: signals so soon after the first, in ms, are the same key press. */
const samePress = 500;

/**
 * A signal that the first Ctrl-C of the process aborts, for the program to end when it has printed what it has; another Ctrl-C ends it at
 * once. To be heard, the program has to let the event loop turn.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const onInterrupt = (): void => {
    if (controller.signal.aborted) return;
    setTimeout(() => process.off('SIGINT', onInterrupt), samePress).unref();
    controller.abort();
  };
  process.on('SIGINT', onInterrupt);
  return controller.signal;
}
