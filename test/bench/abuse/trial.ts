/**
 * What a trial of `npm run bench -- abuse` is, and what it works with: the production bundle in workerd, without a proxy in front, whose
 * processor time and memory can be read. A trial is one file in this folder and one line in ../abuse.ts.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { ServiceSettings } from '../../e2e/workerd-service.ts';

export interface Trial {
  /** As it is named on the command line. */
  name: string;
  /** What is done to the service, in a sentence. */
  does: string;
  run(start: Start): Promise<Finding[]>;
}

/** A service of the trial's own, on a small index; it is stopped after the trial. */
export type Start = (settings?: ServiceSettings) => Promise<Service>;

export interface Service {
  url: string;
  port: number;
  pid: number;
}

export interface Finding {
  /** What should hold, with the number that it is held to. */
  what: string;
  /** What came. */
  got: string;
  holds: boolean;
}

/** Processor time of a process since its start, in milliseconds. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Linux counts in hundredths of a second on all that Node runs on. */
const TICK_MS = 10;

/** Memory of a process, in megabytes: now, and the most there ever was. */
export function residentMbOf(pid: number): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (name: string): number => (Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1024) / 1e6;
  return { now: mb('VmRSS'), most: mb('VmHWM') };
}

/** A connection that is written to by hand. */
export interface RawRequest {
  socket: Socket;
  startMs: number;
  /** All that has come. */
  received(): string;
  /** The status of the answer, and after how many milliseconds it came; undefined when none came in time. */
  answered(withinMs: number): Promise<{ status: number; afterMs: number } | undefined>;
  /** After how many milliseconds the other side closed; undefined when it did not in time. */
  closed(withinMs: number): Promise<number | undefined>;
}

/** @param head request line and headers, without the empty line */
export function openRaw(port: number, head: string, body: string | Uint8Array = ''): RawRequest {
  const startMs = performance.now();
  let text = '';
  let firstMs: number | undefined;
  let closedMs: number | undefined;
  const socket = connect(port, '127.0.0.1', () => {
    socket.write(`${head}\r\n\r\n`);
    if (body.length > 0) socket.write(body);
  });
  socket.on('data', (data) => {
    firstMs ??= performance.now() - startMs;
    text += data.toString('latin1');
  });
  socket.on('error', () => undefined); // it is closed then
  socket.on('close', () => {
    closedMs = performance.now() - startMs;
  });
  return {
    socket,
    startMs,
    received: () => text,
    async answered(withinMs) {
      await until(() => firstMs !== undefined || closedMs !== undefined, startMs + withinMs);
      const status = /^HTTP\/1\.1 (\d+)/.exec(text)?.[1];
      return status === undefined || firstMs === undefined ? undefined : { status: Number(status), afterMs: firstMs };
    },
    async closed(withinMs) {
      await until(() => closedMs !== undefined, startMs + withinMs);
      return closedMs;
    },
  };
}

async function until(holds: () => boolean, deadlineMs: number): Promise<void> {
  while (!holds() && performance.now() < deadlineMs) await pause(10);
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
