/**
 * A command in this process, as the command line calls it: the same flags, the same words, the same exit code.
 *
 * Starting a process of its own costs a second of computing each time. What a process is needed for stays with start-cuepoint.ts: kills, two at
 * once, limits of the system, and one test for each command that it starts at all.
 */
import { runCommand } from 'citty';
import { main } from '../../../offline/commands/main.ts';
import type { Ended } from './start-cuepoint.ts';

/** What a command writes and its exit code are the process's, so one runs after the other. */
let before: Promise<unknown> = Promise.resolve();

export function runCuepoint(args: readonly string[]): Promise<Ended> {
  const ended = before.then(() => captured(args));
  before = ended.catch(() => undefined);
  return ended;
}

async function captured(args: readonly string[]): Promise<Ended> {
  const { stdout, stderr, exitCode } = process;
  const [writeOut, writeErr] = [stdout.write, stderr.write];
  let [out, err] = ['', ''];
  stdout.write = ((piece: string | Uint8Array) => {
    out += textOf(piece);
    return true;
  }) as typeof stdout.write;
  stderr.write = ((piece: string | Uint8Array) => {
    err += textOf(piece);
    return true;
  }) as typeof stderr.write;
  process.exitCode = undefined;
  try {
    await runCommand(main, { rawArgs: [...args] });
    return { code: Number(process.exitCode ?? 0), out, err };
  } finally {
    Object.assign(stdout, { write: writeOut });
    Object.assign(stderr, { write: writeErr });
    process.exitCode = exitCode;
  }
}

const textOf = (piece: string | Uint8Array): string =>
  typeof piece === 'string' ? piece : Buffer.from(piece).toString();
