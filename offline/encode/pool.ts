/**
 * Several processes that encode at once.
 *
 * Each takes one medium at a time. One that ends by itself (a decoder that crashed, or memory that ran out) is replaced, and
 * its medium counts as unreadable; so does one that is at a medium for ever.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Job, Outcome, Said, Setup } from './worker.ts';

export interface Pool {
  /** Runs in the next process that is free. */
  run(job: Job): Promise<Outcome>;
  /** Ends all processes; jobs that run are not waited for. */
  close(): void;
}

/** Of one medium. The longest honest work is a track of a day on a slow machine: a quarter of an hour on a good one. */
const LIMIT_MS = 3600_000;

/** Processes start when they are first needed. @param limitMs of one medium, after which its process is ended */
export function openPool(workers: number, setup: Setup, limitMs = LIMIT_MS): Pool {
  const free: (ChildProcess | undefined)[] = new Array(workers).fill(undefined);
  const waiting: ((child: ChildProcess | undefined) => void)[] = [];
  const living = new Set<ChildProcess>();
  let closed = false;

  const take = (): Promise<ChildProcess | undefined> =>
    free.length ? Promise.resolve(free.pop()) : new Promise((resolve) => waiting.push(resolve));
  const giveBack = (child: ChildProcess | undefined): void => {
    const next = waiting.shift();
    if (next) next(child);
    else free.push(child);
  };

  function start(): ChildProcess {
    const child = fork(join(import.meta.dirname, 'worker.ts'), {
      // A collector on threads of its own would take a core from the process beside: 13.5 s became 12.1 with two of them.
      execArgv: ['--single-threaded-gc'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    living.add(child);
    child.once('exit', () => living.delete(child));
    child.send(setup);
    return child;
  }

  return {
    async run(job) {
      const idle = await take();
      if (closed) return { ok: false, reason: 'not encoded: the run was ended.', fatal: true };
      const child = idle && isAlive(idle) ? idle : start(); // the end of one that waited is no file's fault
      const outcome = await outcomeOf(child, job, limitMs);
      giveBack(isAlive(child) ? child : undefined);
      return outcome;
    },
    close() {
      closed = true;
      for (const child of living) child.kill('SIGKILL'); // it listens to nothing milder, and keeps nothing half written
    },
  };
}

const isAlive = (child: ChildProcess): boolean =>
  child.connected && !child.killed && child.exitCode === null && child.signalCode === null;

/** Children that have loaded their program. */
const ready = new WeakSet<ChildProcess>();

function outcomeOf(child: ChildProcess, job: Job, limitMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    let said = '';
    let timer: NodeJS.Timeout | undefined;
    const listen = (piece: Buffer): void => {
      said = (said + piece.toString()).slice(-2000);
    };
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      child.off('message', hear).off('close', end).off('error', end);
      child.stderr?.off('data', listen);
      resolve(outcome);
    };
    const begin = (): void => {
      timer = setTimeout(giveUp, limitMs);
    };
    const hear = (message: Said): void => {
      if (message === 'ready') {
        ready.add(child);
        begin();
      } else settle(message);
    };
    const end = (): void => {
      const how = child.signalCode ?? `status ${child.exitCode}`;
      const words = said.trim().split('\n').at(-1);
      settle({
        ok: false,
        reason: `the program that read it ended (${how}${words ? `: ${words}` : ''}). Encode again, with fewer --workers if memory ran out; if it stays, convert the file.`,
      });
    };
    /** Its end is not waited for: a disk that hangs holds a process whatever it is sent. */
    const giveUp = (): void => {
      child.kill('SIGKILL');
      const took = limitMs < 120_000 ? `${limitMs / 1000} s` : `${Math.round(limitMs / 60_000)} minutes`;
      settle({
        ok: false,
        reason: `the program that read it was ended after ${took} without a result. Convert the file; on a slow machine allow more by --file-limit.`,
      });
    };
    child.on('message', hear).once('close', end).once('error', end);
    child.stderr?.on('data', listen);
    if (ready.has(child)) begin();
    child.send(job);
  });
}
