/**
 * Ctrl+C in the middle of work that would leave something behind: a process, a folder.
 *
 * By default a signal ends Node where it stands, and no `finally` runs. Here the work hears of it, ends early, clears up by its own
 * `finally`, and only then does the process end, by the same signal, as its sender expects. A second signal does not wait.
 */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * @param work ends when the signal is aborted
 * @returns what the work returns; not at all when a signal came
 */
export async function untilInterrupted<T>(work: (interrupted: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const hear = (signal: NodeJS.Signals): void => {
    received = signal;
    forget();
    controller.abort(new Error(`stopped by ${signal}.`));
  };
  const forget = (): void => {
    for (const signal of SIGNALS) process.off(signal, hear);
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  try {
    return await work(controller.signal);
  } finally {
    forget();
    if (received) process.kill(process.pid, received);
  }
}

/**
 * The work's result, unless the signal comes first; what cannot be stopped goes on, and is not waited for.
 * @throws the signal's reason
 */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
