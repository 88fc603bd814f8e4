/**
 * Ask a process of its own, where the answer may end it: a provider that fails on a machine's driver takes its process along,
 * and no try and catch helps.
 */
import { fork } from 'node:child_process';

/** What a child sends back. */
export type Answer<A> = { answer: A } | { error: string };

/**
 * Start a script, send it a question, and wait for its answer (see `answer`).
 * @throws Error saying what the script threw, how it ended, or that it took longer than `limitMs`
 */
export function ask<Q, A>(script: string, question: Q, limitMs: number): Promise<A> {
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
    child.on('message', (message: Answer<A>) => {
      if ('answer' in message) resolve(message.answer);
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

/** The other side: wait for the question, answer it, and end. */
export function answer<Q, A>(find: (question: Q) => Promise<A>): void {
  process.once('message', async (question: Q) => {
    const message: Answer<A> = await find(question).then(
      (found) => ({ answer: found }),
      (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
    );
    process.send?.(message, () => process.disconnect());
  });
}
