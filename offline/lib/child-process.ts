/**
 * Ask a process of its own, where the answer may end it: a provider that fails on a machine's driver takes its process along,
 * and no try and catch helps.
 */
import { fork } from 'node:child_process';

/** What a child sends back. */
export type Answer<A> = { answer: A } | { error: string };
/** And before it, where the work is long: parts that are done. */
type Message<A> = Answer<A> | { done: number };

/**
 * Start a script, send it a question, and wait for its answer (see `answer`).
 * @param onDone told of parts that are done, where the script tells them
 * @throws Error saying what the script threw, how it ended, or that it took longer than `limitMs`
 */
export function ask<Q, A>(
  script: string,
  question: Q,
  limitMs: number,
  onDone: (parts: number) => void = () => {},
): Promise<A> {
  return new Promise((resolve, reject) => {
    const child = fork(script, [], {
      serialization: 'advanced', // typed arrays as they are
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'], // Dawn writes its warnings to stderr
      execArgv: [],
    });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4096);
    });
    const timer = setTimeout(() => {
      reject(new Error(`it took longer than ${Math.round(limitMs / 1000)} s`));
      child.kill('SIGKILL');
    }, limitMs);
    child.on('message', (message: Message<A>) => {
      if ('done' in message) onDone(message.done);
      else if ('answer' in message) resolve(message.answer);
      else reject(new Error(message.error));
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const last = said
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('Warning:'))
        .at(-1);
      reject(new Error(`it ended with ${signal ?? `code ${code}`}${last ? `: ${last}` : ''}`));
    });
    child.send(question as never);
  });
}

/** The other side: wait for the question, answer it, and end. @param find may tell parts that are done */
export function answer<Q, A>(find: (question: Q, onDone: (parts: number) => void) => Promise<A>): void {
  process.once('message', async (question: Q) => {
    const onDone = (done: number): void => void process.send?.({ done });
    const message: Answer<A> = await find(question, onDone).then(
      (found) => ({ answer: found }),
      (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
    );
    process.send?.(message, () => process.disconnect());
  });
}
