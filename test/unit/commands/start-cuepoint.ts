/** A command as a person runs it: in a process of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const cli = join(import.meta.dirname, '../../../offline/cli.ts');

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** @param limitFileKb no file can become larger, as on a disk that is full */
export function startCuepoint(args: readonly string[], { limitFileKb }: { limitFileKb?: number } = {}) {
  const limited = limitFileKb === undefined ? [] : ['bash', '-c', `ulimit -f ${limitFileKb}; exec "$@"`, 'bash'];
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
