/**
 * Several threads that do jobs, each one at a time, and see the same memory where it is shared.
 *
 * For work that needs one large table in every worker; where a decoder may bring its process down, processes are the better
 * (encode/pool.ts). A thread that ends by itself is replaced, and its job has failed.
 */
import { Worker } from 'node:worker_threads';

export interface Threads<Job, Result> {
  /** In the next thread that is free. @throws Error when the thread ends before the job does */
  run(job: Job): Promise<Result>;
  /** Ends all threads; jobs that run are not waited for. */
  close(): Promise<void>;
}

/** Threads start when they are first needed. @param data what each begins with: `workerData` there */
export function openThreads<Job, Result>(script: string, data: unknown, count: number): Threads<Job, Result> {
  const free: (Worker | undefined)[] = new Array(count).fill(undefined);
  const waiting: ((worker: Worker | undefined) => void)[] = [];
  const living = new Set<Worker>();

  const take = (): Promise<Worker | undefined> =>
    free.length ? Promise.resolve(free.pop()) : new Promise((resolve) => waiting.push(resolve));
  const giveBack = (worker: Worker | undefined): void => {
    const next = waiting.shift();
    if (next) next(worker);
    else free.push(worker);
  };
  function start(): Worker {
    const worker = new Worker(script, { workerData: data });
    living.add(worker);
    worker.once('exit', () => living.delete(worker));
    worker.on('error', () => undefined); // said by the job that it interrupts
    return worker;
  }

  return {
    async run(job) {
      const idle = await take();
      const worker = idle && living.has(idle) ? idle : start();
      try {
        return await resultOf<Job, Result>(worker, job);
      } finally {
        giveBack(living.has(worker) ? worker : undefined);
      }
    },
    async close() {
      await Promise.all([...living].map((worker) => worker.terminate()));
    },
  };
}

function resultOf<Job, Result>(worker: Worker, job: Job): Promise<Result> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off('message', done).off('error', fail).off('exit', end);
      act();
    };
    const done = (result: Result): void => settle(() => resolve(result));
    const fail = (error: Error): void => settle(() => reject(error));
    const end = (code: number): void =>
      settle(() => reject(new Error(`the thread that did it ended (status ${code})`)));
    worker.on('message', done).on('error', fail).on('exit', end);
    worker.postMessage(job);
  });
}
