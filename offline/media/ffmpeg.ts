/**
 * The system's ffmpeg, when there is one: decodes what the built-in decoders do not, and reads and writes video.
 *
 * Called with argument arrays and file: URLs, never through a shell, and allowed to open files only: a playlist that a user
 * was sent cannot make it fetch anything. Cuepoint neither bundles nor downloads it.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

export interface FfmpegResult {
  /** Exit status 0. */
  ok: boolean;
  stdout: Uint8Array;
  /** What it said, stream descriptions included. */
  log: string;
}

/** Options that name an input file safely, whatever its name begins with. */
export const inputFile = (path: string): string[] => [
  '-protocol_whitelist',
  'file,pipe',
  '-i',
  `file:${resolve(path)}`,
];

/** An output file's name, safe likewise. */
export const outputFile = (path: string): string => `file:${resolve(path)}`;

/**
 * Run ffmpeg; `input`, when given, goes to its standard input.
 * @returns undefined when there is no ffmpeg on the PATH.
 */
export function runFfmpeg(args: readonly string[], input?: Uint8Array): Promise<FfmpegResult | undefined> {
  return new Promise((settle, reject) => {
    const child = spawn('ffmpeg', ['-hide_banner', ...(input ? [] : ['-nostdin']), ...args], { stdio: 'pipe' });
    const pieces: Uint8Array[] = [];
    let log = '';
    child.stdout.on('data', (piece: Uint8Array) => pieces.push(piece));
    child.stderr.on('data', (piece: Uint8Array) => {
      log = (log + piece.toString()).slice(-20000);
    });
    child.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? settle(undefined) : reject(error)));
    child.on('close', (status) => settle({ ok: status === 0, stdout: Buffer.concat(pieces), log }));
    child.stdin.on('error', () => {}); // it may stop reading early; its exit status says why
    child.stdin.end(input);
  });
}

/** Seconds that the log gives as the input's duration, if any. */
export function loggedDuration(log: string): number | undefined {
  const match = /Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(log);
  return match ? Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]) : undefined;
}

/** The last line of a log, which is where ffmpeg says why it gave up, without the file's name. */
export function lastLine(log: string): string {
  const lines = log.trim().split(/[\r\n]+/);
  return (lines[lines.length - 1] ?? '').replace(/^.*file:.*: /, '').slice(0, 200);
}
