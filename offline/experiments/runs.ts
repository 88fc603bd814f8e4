/** All runs of an experiment, several at a time, each in its own process; those that an earlier call finished are read. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { finished, type RunOrder } from './run.ts';
import type { RunMessage } from './run-child.ts';

export interface RunsOptions {
  /** Processes at once. */
  workers: number;
  /** An earlier call finished it. */
  onKept(order: RunOrder): void;
  /** A run begins or goes on: the steps an earlier call did, and all of them. */
  onStart(order: RunOrder, run: { done: number; steps: number }): void;
  /** @param step the steps done, earlier calls included */
  onStep(order: RunOrder, step: number): void;
  onDone(order: RunOrder): void;
  /** Every run is finished. */
  onEnd(): void;
}

/**
 * @returns the evaluations in the order of the orders
 * @throws Error of the first run that failed; the others are ended and can go on later
 */
export async function runAll(orders: readonly RunOrder[], options: RunsOptions): Promise<Evaluation[]> {
  const evaluations: (Evaluation | undefined)[] = [];
  for (const order of orders) {
    const kept = await finished(order);
    if (kept) options.onKept(order);
    evaluations.push(kept);
  }
  const needed = new Set(orders.flatMap(({ candidates }) => candidates ?? []));
  const unfinished = [...orders.keys()].filter((i) => !evaluations[i]);
  // What others need comes first, so that a lane that waits for it waits for one that runs.
  const waiting = [true, false].flatMap((isFirst) =>
    unfinished.filter((i) => needed.has(orders[i].folder) === isFirst),
  );
  const ended = new Map(
    unfinished.flatMap((i) =>
      needed.has(orders[i].folder) ? [[orders[i].folder, Promise.withResolvers<void>()]] : [],
    ),
  );
  const ready = ({ candidates }: RunOrder) => candidates && ended.get(candidates)?.promise;
  const living = new Set<ChildProcess>();
  const lane = async (): Promise<void> => {
    for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
      await ready(orders[at]);
      await inChild(orders[at], options, living);
      evaluations[at] = await finished(orders[at]);
      options.onDone(orders[at]);
      ended.get(orders[at].folder)?.resolve();
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(options.workers, waiting.length) }, lane));
  } finally {
    for (const child of living) child.kill();
  }
  options.onEnd();
  return evaluations.map((evaluation, i) => {
    if (evaluation) return evaluation;
    throw new Error(`internal: no evaluation in ${orders[i].folder}`);
  });
}

function inChild(order: RunOrder, { onStart, onStep }: RunsOptions, living: Set<ChildProcess>): Promise<void> {
  const name = `${order.row.name}, seed ${order.seed}`;
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'run-child.ts'), { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    living.add(child);
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000);
    });
    child.on('message', (message: RunMessage) => {
      if ('start' in message) onStart(order, message.start);
      else if ('step' in message) onStep(order, message.step);
      else if ('failed' in message) reject(new Error(`${name}: ${message.failed}`));
      else resolve();
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      living.delete(child);
      const words = said.trim().split('\n').at(-1);
      reject(
        new Error(
          `${name}: its process ended with ${signal ?? `status ${code}`}${words ? `: ${words}` : ''}. Run again to go on; with fewer --workers if memory ran out.`,
        ),
      );
    });
    child.send(order);
  });
}
