/**
 * The system's ffmpeg, when there is one: decodes what the built-in decoders do not, and reads and writes video.
 *
 * Called with argument arrays and file: URLs, never through a shell, and allowed to open files only: a playlist that a user
 * was sent cannot make it fetch anything. One that hangs is ended. Cuepoint neither bundles nor downloads it.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { cutText } from '../../index/cut-text.ts';

export interface StartOptions {
  /** Goes to its standard input. */
  input?: Uint8Array;
  /** After so long without a byte from it, it is ended. */
  stallMs?: number;
  /** Hears each line that it says. */
  onLine?: (line: string) => void;
}

export interface FfmpegOptions extends StartOptions {
  /** Takes its output piece by piece; `stdout` is empty then. */
  onOutput?: (piece: Uint8Array) => void;
}

export interface FfmpegEnd {
  /** Exit status 0. */
  ok: boolean;
  /** It hung and was ended. */
  stalled: boolean;
  /** What it said, stream descriptions included, and as the last line that it was ended, if it was. */
  log: string;
}

export interface FfmpegResult extends FfmpegEnd {
  stdout: Uint8Array;
}

export interface Ffmpeg {
  /** As it comes; ffmpeg waits until it is read. Over early when it hangs or is ended. */
  output: AsyncIterable<Uint8Array>;
  /** Wait for its end; with `stop` it is ended. May be called again. */
  end(options?: { stop: boolean }): Promise<FfmpegEnd>;
}

/** The slowest honest silence is a minute of 4K video to decode between two frames; a disk that spins up is another. */
const STALL_MS = 60_000;
const LOG_LENGTH = 20_000;

/** Options that name an input file safely, whatever its name begins with. */
export const inputFile = (path: string): string[] => [
  '-protocol_whitelist',
  'file,pipe',
  '-i',
  `file:${resolve(path)}`,
];

/** An output file's name, safe likewise. */
export const outputFile = (path: string): string => `file:${resolve(path)}`;

/** @returns undefined when there is no ffmpeg on the PATH. */
export async function startFfmpeg(
  args: readonly string[],
  { input, stallMs = STALL_MS, onLine }: StartOptions = {},
): Promise<Ffmpeg | undefined> {
  const child = spawn('ffmpeg', ['-hide_banner', ...(input ? [] : ['-nostdin']), ...args], { stdio: 'pipe' });
  child.stdin.on('error', () => {}); // it may stop reading early; its exit status says why
  child.stdin.end(input);
  let [begin, log] = ['', '']; // what it says of the streams comes first, why it gave up last
  let unfinished = '';
  let timer: NodeJS.Timeout | undefined;
  child.stderr.on('data', (piece: Uint8Array) => {
    timer?.refresh();
    const text = piece.toString();
    if (begin.length < LOG_LENGTH) begin += text;
    else log = (log + text).slice(-LOG_LENGTH);
    if (!onLine) return;
    const lines = (unfinished + text).split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  const ended = new Promise<boolean>((settle) => child.once('close', (status) => settle(status === 0)));
  const started = await new Promise<boolean>((settle, reject) => {
    child.once('spawn', () => settle(true));
    child.once('error', (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? settle(false) : reject(error)));
  });
  if (!started) return undefined;

  let [stopped, stalled] = [false, false];
  function stop(): void {
    stopped = true;
    child.kill('SIGKILL'); // by its handle; it may not listen to anything milder
    child.stdout.destroy(); // its end is waited for otherwise
  }
  function hung(): void {
    stalled = true;
    stop();
    child.stderr.destroy(); // a child of its own may hold it open
  }
  function wait(): void {
    clearTimeout(timer);
    timer = setTimeout(hung, stallMs);
  }
  async function* output(): AsyncGenerator<Uint8Array> {
    wait();
    try {
      for await (const piece of child.stdout) {
        clearTimeout(timer); // the reader may take its time
        yield piece;
        wait();
      }
    } catch (error) {
      if (!stopped) throw error;
    } finally {
      clearTimeout(timer);
    }
  }
  return {
    output: output(),
    async end(options) {
      if (options?.stop) stop();
      wait();
      const ok = await ended.finally(() => clearTimeout(timer));
      const said = begin + log;
      return {
        ok,
        stalled,
        log: stalled ? `${said}\nffmpeg said nothing for ${stallMs / 1000} s and was ended` : said,
      };
    },
  };
}

/**
 * Run ffmpeg until it ends by itself, or is ended because it hangs.
 * @returns undefined when there is no ffmpeg on the PATH.
 */
export async function runFfmpeg(
  args: readonly string[],
  { onOutput, ...options }: FfmpegOptions = {},
): Promise<FfmpegResult | undefined> {
  const ffmpeg = await startFfmpeg(args, options);
  if (!ffmpeg) return undefined;
  const pieces: Uint8Array[] = [];
  for await (const piece of ffmpeg.output)
    if (onOutput) onOutput(piece);
    else pieces.push(piece);
  return { ...(await ffmpeg.end()), stdout: Buffer.concat(pieces) };
}

/** Seconds that the log gives as the input's duration, if any. */
export function loggedDuration(log: string): number | undefined {
  const match = /Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(log);
  return match ? Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]) : undefined;
}

/** What ffmpeg says of an input before it reads it. */
export interface Probed {
  /** Names of the demuxer, such as "mov,mp4,m4a,3gp,3g2,mj2"; empty where it knows none. */
  format: string;
  durationSec: number | undefined;
  /** Where on the file's own time axis its first stream begins. */
  startSec: number | undefined;
  hasVideo: boolean;
  hasAudio: boolean;
}

/** @returns undefined when there is no ffmpeg */
export async function probe(path: string): Promise<Probed | undefined> {
  const run = await runFfmpeg(['-v', 'info', ...inputFile(path)]); // no output is asked for, so it ends with an error
  if (!run) return undefined;
  const isEstimated = run.log.includes('Estimating duration from bitrate');
  const start = /Duration: [^,]*, start: (-?\d+\.\d+)/.exec(run.log);
  return {
    format: /^Input #0, (.*), from /m.exec(run.log)?.[1] ?? '',
    durationSec: isEstimated ? undefined : loggedDuration(run.log),
    startSec: start ? Number(start[1]) : undefined,
    hasVideo: /Stream #.*: Video: (?!.*attached pic)/.test(run.log),
    hasAudio: /Stream #.*: Audio: /.test(run.log),
  };
}

/** The last line of a log, which is where ffmpeg says why it gave up, without the file's name. */
export function lastLine(log: string): string {
  const lines = log.trim().split(/[\r\n]+/);
  return cutText((lines[lines.length - 1] ?? '').replace(/^.*file:.*: /, ''), 200);
}
