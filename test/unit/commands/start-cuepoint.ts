/** A command as a person runs it: in a process of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const cli = join(import.meta.dirname, '../../../offline/cli.ts');

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

export interface Limits {
  /** No file can become larger, as on a disk that is full. */
  limitFileKb?: number;
  /** No more can be open at a time. */
  limitOpenFiles?: number;
}

export function startCuepoint(args: readonly string[], { limitFileKb, limitOpenFiles }: Limits = {}) {
  const limits = [limitFileKb && `ulimit -f ${limitFileKb}`, limitOpenFiles && `ulimit -n ${limitOpenFiles}`];
  const given = limits.filter(Boolean);
  const limited = given.length ? ['bash', '-c', `${given.join('; ')}; exec "$@"`, 'bash'] : [];
  const [program, ...rest] = [...limited, process.execPath, cli, ...args];
  const child = spawn(program, rest);
  let [out, err] = ['', ''];
  child.stdout.on('data', (piece) => {
    out += piece;
  });
  child.stderr.on('data', (piece) => {
    err += piece;
  });
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  return { child, ended };
}
